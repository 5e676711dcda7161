"""A bare page with a field and a button, served by the standard library: what a browser needs for any page at all."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Bare</title><link rel="icon" href="data:,">
<h1>Create</h1><label>Prompts <textarea rows="20" cols="80">a heron</textarea></label>
<button>Generate 1 picture</button></html>"""


class Still(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Still)
    print(server.server_port, flush=True)
    server.serve_forever()
