"""Pages and HTTP API: a website on this machine, for a person and for a sarcoma team. Nothing that is typed is kept."""

from sarcoma.web.app import create_app

__all__ = ["create_app"]
