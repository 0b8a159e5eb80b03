"""What people do with Django, in one file; flask_site.py does the same with Flask."""

import hashlib
import os
import time

import django
from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseForbidden, HttpResponseNotFound, JsonResponse
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path, re_path
from django.views.decorators.http import require_GET, require_POST
from django.views.static import serve

HERE = os.path.dirname(os.path.abspath(__file__))

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    SESSION_FILE_PATH=os.environ["SESSIONS"],
    # The order and the parts of `startproject`, without what needs a database and templates.
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    LOGGING_CONFIG="logging.config.dictConfig",
    LOGGING={
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django": {"handlers": ["console"], "level": "ERROR"}},
    },
    FILE_UPLOAD_MAX_MEMORY_SIZE=1_000_000,
)
django.setup()


@require_GET
def hello(request, name):
    return HttpResponse(f"Hello, {name}!")


def index(request):
    return HttpResponse("Hello, World!")


def query(request):
    return JsonResponse(dict(request.GET.lists()))


@require_POST
def form(request):
    return JsonResponse(dict(request.POST.lists()))


@require_POST
def upload(request):
    file = request.FILES["file"]
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    told = {"name": file.name, "type": file.content_type, "size": file.size, "sha256": digest.hexdigest()}
    return JsonResponse({**told, "note": request.POST["note"]})


@require_POST
def body(request):
    return HttpResponse(f"{len(request.body)} {hashlib.sha256(request.body).hexdigest()}")


@require_POST
def login(request):
    request.session["user"] = request.POST["user"]
    return redirect("/me")


def me(request):
    if "user" not in request.session:
        return HttpResponseForbidden()
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(f"{request.session['user']}, visit {request.session['visits']}")


@require_POST
def logout(request):
    request.session.flush()
    return redirect("/")


def cookies(request):
    response = HttpResponse(", ".join(f"{name}={value}" for name, value in sorted(request.COOKIES.items())))
    response.set_cookie("one", "1", httponly=True)
    response.set_cookie("two", "2", max_age=60, samesite="Lax")
    return response


def stream(request):
    def parts():
        yield "first\n"
        while not os.path.exists(request.GET["until"]):
            time.sleep(0.005)
        yield "last\n"

    return StreamingHttpResponse(parts(), content_type="text/plain", headers={"X-Accel-Buffering": "no"})


def download(request):
    return FileResponse(open(os.environ["DOWNLOAD"], "rb"), as_attachment=True)


def fail(request):
    raise RuntimeError("this view fails")


def handler404(request, exception):
    return HttpResponseNotFound("<h1>our own 404</h1>")


urlpatterns = [
    path("", index),
    path("hello/<str:name>", hello),
    path("query", query),
    path("form", form),
    path("upload", upload),
    path("body", body),
    path("login", login),
    path("me", me),
    path("logout", logout),
    path("cookies", cookies),
    path("stream", stream),
    path("download", download),
    path("fail", fail),
    re_path(r"^static/(?P<path>.*)$", serve, {"document_root": os.path.join(HERE, "static")}),
]

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
