"""Writes the same rows in the forms in which corpora are published: fixtures/corpora.json.

    pip install pyarrow
    python toolkit/src/test/python/make_corpus_fixture.py

The file maps each name to the
file's content in Base64; texts are the right texts, and blank is the number of rows without one.
"""

import base64
import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parents[1] / "resources/fixtures/corpora.json"

TEXTS = [
    'The first says "hello", and\ngoes on, with a comma.',
    "",
    "Tab\there; semicolon; \\ backslash \\n",
    "Smile \U0001f600 and \u00e9, \u4e2d\u6587, \u2028 line separator",
    None,
    " \n ",
    "Quotation marks \"inside\" a cell",
    "[1] The last one",
]
ROWS = [{"text": t, "url": f"http://example.org/{i}", "meta": {"title": t, "n": i}} for i, t in enumerate(TEXTS)]
RIGHT = [t for t in TEXTS if t and t.strip()]


def lines(rows, ascii=False) -> bytes:
    return "".join(json.dumps(r, ensure_ascii=ascii) + "\n" for r in rows).encode("utf-8")


def table(delimiter: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["", "text", "url"])  # the index of pandas has no name
    writer.writerows([i, r["text"], r["url"]] for i, r in enumerate(ROWS))
    return out.getvalue()


def zstandard(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(content)
    return sink.getvalue().to_pybytes()


def parquet(**options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), sink, **options)
    return sink.getvalue()


columns = {"text": TEXTS, "url": [r["url"] for r in ROWS]}
files = {
    "lines.jsonl": lines(ROWS),
    "ascii.jsonl": lines(ROWS, ascii=True),
    "no-ending": lines(ROWS),
    "windows.jsonl": lines(ROWS).replace(b"\n", b"\r\n"),
    "without-null.jsonl": lines([{k: v for k, v in r.items() if v is not None} for r in ROWS]),  # Spark
    "array.json": json.dumps(ROWS).encode(),
    "array-pretty.json": json.dumps(ROWS, indent=2).encode(),
    "pretty.json": "\n".join(json.dumps(r, indent=2) for r in ROWS).encode(),  # jq
    "columns.json": json.dumps(columns).encode(),
    "columns-pretty.json": json.dumps(columns, indent=1).encode(),
    "pandas.json": json.dumps({k: dict(zip(map(str, range(len(v))), v)) for k, v in columns.items()}).encode(),
    "mark.jsonl": b"\xef\xbb\xbf" + lines(ROWS),
    "utf16.jsonl": lines(ROWS).decode().encode("utf-16"),
    "utf16be.jsonl": b"\xfe\xff" + lines(ROWS).decode().encode("utf-16-be"),
    "lines.json.gz": gzip.compress(lines(ROWS), mtime=0),
    "two-members.jsonl.gz": gzip.compress(lines(ROWS[:3]), mtime=0) + gzip.compress(lines(ROWS[3:]), mtime=0),
    "lines.jsonl.zst": zstandard(lines(ROWS)),
    "two-frames.jsonl.zst": zstandard(lines(ROWS[:3])) + zstandard(lines(ROWS[3:])),
    "wrong-ending.jsonl": gzip.compress(lines(ROWS), mtime=0),
    "array.json.zst": zstandard(json.dumps(ROWS).encode()),
    "table.csv": table(",").encode(),
    "table.tsv": table("\t").encode(),
    "mark.csv": table(",").encode("utf-8-sig"),
    "utf16.csv": table(",").encode("utf-16"),
    "table.csv.gz": gzip.compress(table(",").encode(), mtime=0),
    "snappy.parquet": parquet(),
    "plain.parquet": parquet(compression="none", use_dictionary=False),
    "gzip.parquet": parquet(compression="gzip"),
    "zstd.parquet": parquet(compression="zstd", data_page_version="2.0"),
    "gzip2.parquet": parquet(compression="gzip", data_page_version="2.0"),
    "lz4.parquet": parquet(compression="lz4"),
    "groups.parquet": parquet(row_group_size=3),
    "parquet-without-ending": parquet(),
}
OUT.write_text(
    json.dumps(
        {
            "texts": RIGHT,
            "brotli": base64.b64encode(parquet(compression="brotli")).decode(),
            "blank": len(ROWS) - len(RIGHT),
            "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
        },
        indent=1,
    )
    + "\n",
    encoding="utf-8",
)
print(OUT, OUT.stat().st_size)
