"""Takes what is posted to it: into the folder that it is given go its `address`, then each body in a file 1, 2, …"""

import http.server
import pathlib
import sys

FOLDER = pathlib.Path(sys.argv[1])


class Mailbox(http.server.BaseHTTPRequestHandler):
    arrived = 0

    def do_POST(self):
        Mailbox.arrived += 1
        (FOLDER / str(Mailbox.arrived)).write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


with http.server.HTTPServer(("127.0.0.1", 0), Mailbox) as server:
    (FOLDER / "address").write_text(f"http://127.0.0.1:{server.server_port}/reports")
    server.serve_forever()
