"""What the feedback and the report share: HTML that loads nothing, runs nothing and escapes everything."""

from html import escape

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --good: #0b6b50; --bad: #a3340b; --mid: #7a5200;
        --box: #f6f8fa; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #3d444d; --good: #4cc38a;
        --bad: #ff9a6b; --mid: #e3b341; --box: #161b22; --paper: #0d1117; } a { color: #79b8ff; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } p, li { max-width: 46rem; }
pre { background: var(--box); border: 1px solid var(--line); padding: .6rem; overflow-x: auto; white-space: pre-wrap;
      overflow-wrap: anywhere; font-size: .88rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; vertical-align: top; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } .right { color: var(--good); } .wrong { color: var(--bad); } .wait { color: var(--mid); }
.soft { color: var(--soft); } section { break-inside: avoid; }
@media (max-width: 36rem) { .bar { display: none; } th, td { padding: .3rem .25rem; overflow-wrap: anywhere; }
       th { overflow-wrap: normal; } ul, ol { padding-left: 1.4rem; } }
@media print { body { margin: 0; max-width: none; } pre { max-height: none; } }
"""

WORDS = {
    "right": ("right", "right"),
    "partial": ("partly right", "wait"),
    "wrong": ("not right yet", "wrong"),
    "not attempted": ("not attempted", "wrong"),
    "time-out": ("ran out of time", "wrong"),
    "crash": ("crashed", "wrong"),
    "memory": ("ran out of memory", "wrong"),
    "tampering": ("will be looked at by a human", "wait"),
    "manual": ("waits for a human", "wait"),
    "not graded": ("not graded yet: this is no zero", "wait"),
}


def page(title: str, body: str) -> str:
    """A whole page. The policy lets a browser run no script and fetch nothing, whatever is in the body."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>\n<h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def verdict(name: str) -> str:
    words, kind = WORDS.get(name, (name, "wait"))
    return f'<span class="{kind}">{escape(words)}</span>'


def pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text.strip() else ""


def outputs(items: list[dict]) -> str:
    """What a cell has shown: text escaped, pictures as they are, anything else left out."""
    parts = []
    for item in items:
        if item["output_type"] == "stream":
            parts.append(pre(item["text"][:5_000]))
        elif item["output_type"] == "error":
            parts.append(pre("\n".join(item["traceback"])[:5_000]))
        elif kind := next((k for k in ("image/png", "image/jpeg") if k in item.get("data", {})), None):
            picture = item["data"][kind].replace("\n", "")
            parts.append(f'<img alt="a picture that the notebook drew" src="data:{kind};base64,{picture}">')
        elif "text/plain" in item.get("data", {}):
            parts.append(pre(item["data"]["text/plain"][:5_000]))
    return "\n".join(part for part in parts if part)
