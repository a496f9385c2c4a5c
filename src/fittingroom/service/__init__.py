"""The parser behind HTTP: one process, a bounded queue in front of the engine, a page, and an API (extra ``service``).

`fittingroom.service.app.create_app` makes the WSGI application, `fittingroom.service.server.Server` serves it.
"""
