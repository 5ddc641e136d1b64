"""What a graded notebook shows: outputs believed as far as they are harmless, within a budget, and those of tests."""

import json

from autograder.hearing import clean
from autograder.rebuild import Step, is_base64

MAX_SHOWN, MAX_OUTPUTS = 16 * 2**20, 1_000  # bytes and count of what one notebook shows


def error_output(message: str, detail: str = "") -> dict:
    return {"output_type": "error", "ename": "NotRun", "evalue": detail, "traceback": [message]}


def clean_outputs(outputs: object) -> list[dict]:
    """What the worker says a cell has shown, believed only as far as it is a harmless nbformat output."""
    cleaned = []
    for item in outputs if isinstance(outputs, list) else []:
        if not isinstance(item, dict) or len(cleaned) >= 100:
            continue
        kind = item.get("output_type")
        if kind == "stream" and isinstance(item.get("text"), str):
            name = "stderr" if item.get("name") == "stderr" else "stdout"
            cleaned.append({"output_type": "stream", "name": name, "text": clean(item["text"])[:120_000]})
        elif kind in ("execute_result", "display_data") and isinstance(item.get("data"), dict):
            data = {}
            for mime, value in item["data"].items():
                if mime == "text/plain" and isinstance(value, str):
                    data[mime] = clean(value)[:120_000]
                elif mime in ("image/png", "image/jpeg") and is_base64(value):
                    data[mime] = value
            count = {"execution_count": None} if kind == "execute_result" else {}
            cleaned.append({"output_type": kind, "data": data, "metadata": {}, **count})
        elif kind == "error":
            lines = item.get("traceback") if isinstance(item.get("traceback"), list) else []
            fields = {k: clean(str(item.get(k, "")))[:5_000] for k in ("ename", "evalue")}
            lines = [clean(str(line))[:3_000] for line in lines[:100]]
            cleaned.append({"output_type": "error", **fields, "traceback": lines})
    return cleaned


def keep_in_budget(cells: list[dict]) -> None:
    """Leave out what a notebook shows beyond its budget, pictures that were pasted into texts included."""
    room, count = MAX_SHOWN, MAX_OUTPUTS
    for cell in cells:
        kept = []
        for item in cell.get("outputs", []):
            size, count = len(json.dumps(item)), count - 1
            if size <= room and count >= 0:
                kept.append(item)
                room -= size
        if len(kept) < len(cell.get("outputs", [])):
            kept.append({"output_type": "stream", "name": "stdout", "text": "... more output is left out here ...\n"})
        if "outputs" in cell:
            cell["outputs"] = kept
        size = len(json.dumps(cell.get("attachments", {})))
        if size > room:
            del cell["attachments"]
            cell["source"] += "\n\n(A picture of this cell was too large to be kept: see the notebook as handed in.)"
        else:
            room -= size


def test_outputs(question: dict) -> list[dict]:
    outputs = []
    if question.get("stdout"):
        outputs.append({"output_type": "stream", "name": "stdout", "text": question["stdout"]})
    if question["verdict"] not in ("right", "partial"):
        lines = "\n".join(question["messages"]).split("\n")
        outputs.append({"output_type": "error", "ename": question["verdict"], "evalue": lines[0], "traceback": lines})
    elif question["verdict"] == "partial":
        data = {"text/plain": repr(question["score"])}
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
    return outputs


def notebook_cell(step: Step, outputs: list[dict]) -> dict:
    metadata = {"nbgrader": step.cell.metadata} if step.cell is not None and step.cell.metadata else {}
    cell = {"cell_type": step.kind, "metadata": metadata, "source": step.text}
    if step.attachments:
        cell["attachments"] = step.attachments
    if step.kind == "code":
        cell |= {"execution_count": None, "outputs": outputs}
    return cell
