"""Small releases in the bulk layout and a server that misbehaves on request."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from molagent.ingest.patents.structures import StructureComputer

EXPORTS = Path(__file__).parents[3] / "data" / "patent_exports"

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(C1)n1cc(cn1)-c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(cn1)-c1ncnc2[nH]ccc12"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
# "pyridine" as it is really stored in SureChEMBL: letters of a Markush drawing.
LETTERS = "C1=C[U]=[V][W]=N1"

PATENTS = {
    "id": [1, 2, 3, 4],
    "patent_number": ["US-7301023-B2", "WO-2001042246-A2", "EP-1235830-A2", "US-5770599-A"],
    "country": ["US", "WO", "EP", "US"],
    "publication_date": [date(2007, 11, 27), date(2001, 6, 14), None, date(1998, 6, 23)],
    "family_id": [11, 12, 12, -1],
    "cpc": [["C07D 487/04", "A61P37/06"], ["C07D487/04"], [], ["C07D 239/94"]],
    "ipcr": [["A61K31/519"], [], [], []],
    "ipc": [[], [], ["C07D 487/04"], []],
    "ecla": [[], [], [], []],
    "assignee": [["PFIZER INC"], ["Pfizer Products Inc."], ["Pfizer Products Inc."], ["Zeneca"]],
    "title": ["Chiral salt resolution", "Pyrrolo[2,3-d]pyrimidine compounds", None, "Quinazolines"],
}
COMPOUNDS = {
    "id": [100, 101, 102, 103, 104, 105],
    "smiles": [
        TOFACITINIB,
        f"{TOFACITINIB}.OC(=O)CC(O)(CC(O)=O)C(O)=O",
        ASPIRIN,
        GEFITINIB,
        LETTERS,
        "c1ccccc",
    ],
    "inchi": [""] * 6,
    "inchi_key": [""] * 6,
    "mol_weight": [312.4, 504.5, 180.2, 446.9, 500.0, 78.0],
}
MAP = {
    "patent_id": [1, 1, 1, 2, 2, 3, 4, 4, 4],
    "compound_id": [101, 101, 102, 100, 104, 100, 103, 105, 102],
    "field_id": [1, 2, 1, 2, 5, 6, 2, 1, 1],
}
FIELDS = {
    "id": [1, 2, 3, 4, 5, 6],
    "field_name": ["desc", "clms", "abst", "ttl", "image", "molattachment"],
}


@pytest.fixture
def exports() -> Path:
    """Return the folder of real patent exports."""
    return EXPORTS


@pytest.fixture
def computer() -> StructureComputer:
    return StructureComputer(workers=0)


@pytest.fixture
def bulk(tmp_path: Path) -> Callable[..., Path]:
    """Write a release in the bulk layout; tables and column names can be replaced."""

    def write(name: str = "2026-09-08", **tables: dict[str, list[object]] | None) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        defaults = {
            "patents": PATENTS,
            "compounds": COMPOUNDS,
            "patent_compound_map": MAP,
            "fields": FIELDS,
        }
        for table, columns in {**defaults, **tables}.items():
            if columns is not None:
                pq.write_table(pa.table(columns), folder / f"{table}.parquet")
        return folder

    return write


@dataclass
class Server:
    """Serves a folder; `behaviour` maps a path to what goes wrong, one entry a request."""

    folder: Path
    url: str = ""
    behaviour: dict[str, list[object]] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    etags: dict[str, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def gets(self, name: str) -> list[str | None]:
        """Return the Range headers of every GET of a file."""
        return [ranged for verb, path, ranged in self.requests if verb == "GET" and name in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # one connection a request
    server_of: Server

    def log_message(self, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        ours = self.server_of
        ranged = self.headers.get("Range")
        ours.requests.append((self.command, self.path, ranged))
        path = ours.folder / self.path.strip("/")
        plan = ours.behaviour.get(self.path.strip("/"), []) if body else []
        what = plan.pop(0) if plan else ""
        if isinstance(what, int):
            return self._empty(what)
        if path.is_dir():
            links = "".join(f'<a href="{entry.name}/">' for entry in sorted(path.iterdir()))
            return self._send(200, links.encode(), {}, body=body)
        if not path.is_file():
            return self._empty(404)
        if callable(what):
            what = what()
        content = path.read_bytes()
        etag = ours.etags.get(path.name, f'"{hash(content)}"')
        headers = {"ETag": etag} if etag else {}
        status, start = 200, 0
        if ranged and what != "ignore range" and self.headers.get("If-Range") == etag:
            start = int(ranged.removeprefix("bytes=").removesuffix("-"))
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        content = content[start:]
        if what == "corrupt":
            content = bytes(len(content))
        return self._send(status, content, headers, body=body, what=what)

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status, content, headers, *, body, what="") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not body:
            return
        half = len(content) // 2
        if what in ("cut", "stall"):
            self.wfile.write(content[:half])
            self.wfile.flush()
            if what == "stall":
                self.server_of.stop.wait(5.0)
            return
        self.wfile.write(content)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A local server of ``tmp_path/served``."""
    folder = tmp_path / "served"
    folder.mkdir()
    ours = Server(folder)
    handler = type("Handler", (_Handler,), {"server_of": ours})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running.daemon_threads = True
    ours.url = f"http://127.0.0.1:{running.server_address[1]}"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield ours
    ours.stop.set()
    running.shutdown()
    thread.join()
    running.server_close()
