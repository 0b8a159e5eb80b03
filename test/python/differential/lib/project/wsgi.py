from shop import app as application

__all__ = ["application"]
