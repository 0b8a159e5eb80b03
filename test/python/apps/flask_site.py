"""What people do with Flask; django_site.py does the same with Django, and one suite of behaviours asks both."""

import hashlib
import os
import time

from flask import Flask, Response, abort, jsonify, make_response, redirect, request, send_file, session, url_for
from flask import stream_with_context

app = Flask(__name__)
app.secret_key = "for tests only"


@app.get("/")
def index():
    return "Hello, World!"


@app.get("/hello/<name>")
def hello(name):
    return f"Hello, {name}!"


@app.get("/query")
def query():
    return jsonify({name: request.args.getlist(name) for name in request.args})


@app.post("/form")
def form():
    return jsonify({name: request.form.getlist(name) for name in request.form})


@app.post("/upload")
def upload():
    file = request.files["file"]
    data = file.read()
    digest = hashlib.sha256(data).hexdigest()
    return jsonify(name=file.filename, type=file.content_type, size=len(data), sha256=digest, note=request.form["note"])


@app.post("/body")
def body():
    data = request.get_data()
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


@app.post("/login")
def login():
    session["user"] = request.form["user"]
    return redirect(url_for("me"))


@app.get("/me")
def me():
    if "user" not in session:
        abort(403)
    session["visits"] = session.get("visits", 0) + 1
    return f"{session['user']}, visit {session['visits']}"


@app.post("/logout")
def logout():
    session.clear()
    return redirect("/")


@app.get("/cookies")
def cookies():
    response = make_response(", ".join(f"{name}={value}" for name, value in sorted(request.cookies.items())))
    response.set_cookie("one", "1", httponly=True)
    response.set_cookie("two", "2", max_age=60, samesite="Lax")
    return response


@app.get("/stream")
def stream():
    def parts():
        yield "first\n"
        while not os.path.exists(request.args["until"]):
            time.sleep(0.005)
        yield "last\n"

    return Response(stream_with_context(parts()), mimetype="text/plain", headers={"X-Accel-Buffering": "no"})


@app.get("/download")
def download():
    return send_file(os.environ["DOWNLOAD"], as_attachment=True)


@app.get("/fail")
def fail():
    raise RuntimeError("this view fails")


@app.errorhandler(404)
def not_found(error):
    return "<h1>our own 404</h1>", 404
