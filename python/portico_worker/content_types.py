"""Media types by a file name's extension, those of src/app/content-types.ts (a test compares them)."""

from __future__ import annotations

from os.path import splitext

_TYPES = {
    b".avif": "image/avif",
    b".bin": "application/octet-stream",
    b".css": "text/css; charset=utf-8",
    b".csv": "text/csv; charset=utf-8",
    b".flac": "audio/flac",
    b".gif": "image/gif",
    b".gz": "application/gzip",
    b".htm": "text/html; charset=utf-8",
    b".html": "text/html; charset=utf-8",
    b".ico": "image/vnd.microsoft.icon",
    b".ics": "text/calendar; charset=utf-8",
    b".jpeg": "image/jpeg",
    b".jpg": "image/jpeg",
    b".js": "text/javascript; charset=utf-8",
    b".json": "application/json",
    b".jsonld": "application/ld+json",
    b".m4a": "audio/mp4",
    b".map": "application/json",
    b".md": "text/markdown; charset=utf-8",
    b".mjs": "text/javascript; charset=utf-8",
    b".mp3": "audio/mpeg",
    b".mp4": "video/mp4",
    b".ogg": "audio/ogg",
    b".ogv": "video/ogg",
    b".otf": "font/otf",
    b".pdf": "application/pdf",
    b".png": "image/png",
    b".svg": "image/svg+xml; charset=utf-8",
    b".ttf": "font/ttf",
    b".txt": "text/plain; charset=utf-8",
    b".wasm": "application/wasm",
    b".wav": "audio/wav",
    b".webm": "video/webm",
    b".webmanifest": "application/manifest+json",
    b".webp": "image/webp",
    b".woff": "font/woff",
    b".woff2": "font/woff2",
    b".xml": "application/xml",
    b".zip": "application/zip",
}


def content_type_of(path: bytes) -> str:
    """What a file is sent as; bytes of no known kind where its name does not tell."""
    return _TYPES.get(splitext(path)[1].lower(), "application/octet-stream")
