"""A Flask app that says what it got, for Debian's Flask (2.2) and newer."""

import hashlib
import os

from flask import Flask, Response, jsonify, make_response, redirect, request, send_file

app = application = Flask(__name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]


@app.route("/echo", methods=METHODS)
@app.route("/echo/<path:rest>", methods=METHODS)
def echo(rest=""):
    data = request.get_data(cache=True, parse_form_data=False)
    return jsonify(
        method=request.method,
        rest=rest,
        path=request.path,
        root=request.script_root,
        full_path=request.full_path,
        url=request.url,
        args={name: request.args.getlist(name) for name in request.args},
        cookies=dict(request.cookies),
        headers=sorted([name, value] for name, value in request.headers),
        length=request.content_length,
        body=[len(data), hashlib.sha256(data).hexdigest()],
        address=request.remote_addr,
        scheme=request.scheme,
    )


@app.post("/form")
def form():
    files = {name: [file.filename, len(file.read())] for name, file in request.files.items()}
    return jsonify(form={name: request.form.getlist(name) for name in request.form}, files=files)


@app.get("/settings")
def settings():
    names = ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once", "wsgi.version")
    return jsonify(greeting=os.environ.get("GREETING"), cwd=os.path.basename(os.getcwd()), **{n: request.environ[n] for n in names})


@app.get("/cookies")
def cookies():
    response = make_response("set")
    response.set_cookie("one", "1")
    response.set_cookie("two", 'a "quoted" one', httponly=True)
    response.delete_cookie("three")
    return response


@app.get("/headers")
def headers():
    response = make_response("some")
    response.headers.extend([("X-Twice", "1"), ("X-Twice", "2"), ("X-Latin", "é"), ("X-Empty", ""), ("x-Lower-Case", "kept")])
    return response


@app.get("/status/<int:code>")
def status(code):
    return f"status {code}", code


@app.get("/reason")
def reason():
    return Response("tea", status="418 I am a teapot, really")


@app.get("/redirect")
def redirected():
    return redirect("/echo?from=here", code=307)


@app.get("/stream")
def stream():
    return Response((f"part {i}\n" for i in range(100)), mimetype="text/plain")


@app.get("/empty")
def empty():
    return "", 204


@app.get("/file")
def file():
    return send_file(os.path.join(os.path.dirname(os.path.abspath(__file__)), "data.bin"), last_modified=1_000_000_000, etag="abc")


@app.get("/fail")
def fail():
    raise RuntimeError("this view fails")
