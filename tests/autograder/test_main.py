"""The command line, as an instructor meets it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.__main__ import main
from tests.autograder.course import (
    CELLS,
    ID,
    STUBS,
    empty_gradebook,
    hand_in,
    make_course,
    notebook,
    released,
    submission,
)

ROOT = Path(__file__).parents[2]


def run(*arguments, capsys):
    status = main([str(a) for a in arguments])
    return status, *capsys.readouterr()


def test_help_names_every_command():
    done = subprocess.run([sys.executable, "-m", "autograder", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    for command in ("release", "grade", "feedback", "export", "report", "check", "doctor"):
        assert command in done.stdout


def test_doctor_finds_that_this_machine_can_grade(tmp_path, capsys):
    status, out, _ = run("doctor", "--course", make_course(tmp_path), capsys=capsys)
    assert status == 0, out
    assert "This machine can grade." in out
    assert "ms for each submission" in out


def test_check_finds_a_sound_assignment_sound(tmp_path, capsys):
    status, out, _ = run("check", ID, "--course", make_course(tmp_path), capsys=capsys)
    assert (status, out) == (0, "small: 4 tests, 9 points, sound\n")


def changed(id, old, new):
    return [
        (role, name, points, text.replace(old, new) if name == id else text) for role, name, points, text in CELLS
    ]


UNSOUND = {
    "the solution gets 0.0 of 2 for test-double": changed("double", "2 * x", "3 * x"),
    "the untouched notebook gets 1.0 for test-average": changed("test-average", "assert", "len('x') #"),
    "nothing defines unheard_of": changed("test-slope", "at = ", "unheard_of\nat = "),
    "do not pair up": changed("test-double", "### END HIDDEN TESTS", ""),
    "it ends in a comparison": changed("test-average", "assert abs", "abs"),
    "no ### BEGIN SOLUTION": changed("double", "    ### BEGIN SOLUTION\n", "").copy(),
}


@pytest.mark.parametrize("words", UNSOUND)
def test_check_names_what_is_unsound(tmp_path, capsys, words):
    status, out, _ = run("check", ID, "--course", make_course(tmp_path, UNSOUND[words]), capsys=capsys)
    assert status == 1
    assert words in out


def test_check_tries_right_and_wrong_variants(tmp_path, capsys):
    folder = make_course(tmp_path / "course")
    variants = tmp_path / "variants"
    variants.mkdir()
    (variants / "right_sum.py").write_text("def double(x):\n    return x + x")
    (variants / "wrong_square.py").write_text("def double(x):\n    return x * x")
    assert run("check", ID, "--course", folder, "--variants", variants, capsys=capsys)[0] == 0
    (variants / "right_but_not.py").write_text("def double(x):\n    return x")
    (variants / "wrong_but_not.py").write_text("def slope(x):\n    return 3 * x * x")
    status, out, _ = run("check", ID, "--course", folder, "--variants", variants, capsys=capsys)
    assert status == 1
    assert "right_but_not.py loses test-double" in out
    assert "wrong_but_not.py gets full points" in out


def test_release_makes_the_version_that_the_grader_expects(tmp_path, capsys):
    folder = make_course(tmp_path)
    assert run("release", ID, "--course", folder, capsys=capsys)[0] == 0
    made = json.loads((folder / "release" / ID / "assignment.ipynb").read_text())
    assert ["".join(c["source"]) for c in made["cells"]] == [c["source"] for c in released()]
    hand_in(folder, "untouched", json.dumps(made).encode())
    status, out, _ = run("grade", ID, "--course", folder, "--quiet", capsys=capsys)
    assert status == 0
    assert "5 not attempted" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("grade", "unknown"), "the assignments here are: small"),
        (("grade", "../../etc"), "is no name of an assignment"),
        (("grade", ID), "there are no submissions"),
        (("grade", ID, "no-such-place"), "neither a folder nor a zip file"),
        (("report", ID), "nobody was graded yet"),
        (("export", ID, "--for", "canvas"), "name its own gradebook"),
        (("grade", ID, "--dask", "tcp://127.0.0.1:1"), "there is no Dask scheduler"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path, capsys, arguments, words):
    status, _, err = run(*arguments, "--course", make_course(tmp_path), capsys=capsys)
    assert status == 1
    assert words in err
    assert err.startswith("autograder: ")


def test_without_a_sandbox_grading_refuses_unless_told(tmp_path, capsys, monkeypatch):
    folder = make_course(tmp_path)
    hand_in(folder, "a", notebook(released()))
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    status, _, err = run("grade", ID, "--course", folder, "--quiet", capsys=capsys)
    assert status == 1
    assert "bubblewrap (bwrap) is not installed" in err
    assert "autograder doctor" in err
    assert not (folder / "autograded").exists()


def test_with_no_sandbox_the_scores_are_the_same(tmp_path, capsys):
    folder = make_course(tmp_path)
    hand_in(folder, "a", notebook(released()))
    status, out, _ = run("grade", ID, "--course", folder, "--quiet", "--no-sandbox", capsys=capsys)
    assert status == 0
    assert "5 not attempted" in out


def test_the_stub_of_the_course_is_the_one_that_counts(tmp_path):
    from autograder.course import load

    assert load(make_course(tmp_path)).stubs == STUBS


def test_variants_are_only_those_that_are_named_or_lie_beside_the_source(tmp_path, capsys):
    folder = make_course(tmp_path)
    status, _, err = run("check", ID, "--course", folder, "--variants", tmp_path / "nowhere", capsys=capsys)
    assert (status, "nowhere is no folder" in err) == (1, True)
    (tmp_path / "tests" / "mutants" / f"a{ID[:2]}").mkdir(parents=True)
    (tmp_path / "tests" / "mutants" / f"a{ID[:2]}" / "right_of_another.py").write_text("def double(x): return 7")
    assert run("check", ID, "--course", folder, capsys=capsys)[0] == 0
    (folder / "solutions" / ID / "wrong_sign.py").write_text("def double(x): return 2 * x")
    status, out, _ = run("check", ID, "--course", folder, capsys=capsys)
    assert status == 1
    assert "NO  wrong_sign.py gets full points" in out


def test_a_bare_assertion_comes_with_a_hint(tmp_path, capsys):
    status, _, err = run("check", ID, "--course", make_course(tmp_path), capsys=capsys)
    assert status == 0
    assert "hint  cell 'test-average': a student who fails reads a bare AssertionError from line 2, 3" in err


def test_a_class_from_canvas_and_back_with_one_file_left_out(tmp_path, capsys):
    folder, zipped, roster = make_course(tmp_path / "course"), tmp_path / "s.zip", tmp_path / "canvas.csv"
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("o'brienada_LATE_77_1001_assignment.ipynb", submission())
        archive.writestr("петровиван_78_1002_assignment.ipynb", notebook(released()))
        archive.writestr("nobody_99_1003_assignment.ipynb", submission())
        archive.writestr("libo_79_1004_assignment.zip", b"")
    roster.write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,{ID} (5)\n    Points Possible,,,,,18\n"
        '"O\'Brien, Ada",77,s1,o\'brien@x.org,A,\n"Петров, Иван",78,s2,иван,A,\n"Li, Bo",79,s3,bo,A,\n'
        '"Moe, Cy",80,s4,cy,A,\n',
        encoding="utf-16",
    )
    status, out, err = run(
        "grade", ID, zipped, "--roster", roster, "--course", folder, "--quiet", "--no-sandbox", capsys=capsys
    )
    assert status == 3
    assert "left out nobody_99_1003_assignment.ipynb" in err
    for words in (
        "on the roster: 4; with a notebook: 2",
        "missing (1): cy",
        "late (1): o'brien@x.org",
        "no notebook (1): bo",
    ):
        assert words in out
    assert (folder / "submitted" / "o'brien@x.org" / ID / "assignment.ipynb").is_file()
    status, out, err = run("export", ID, "--for", "canvas", "--roster", roster, "--course", folder, capsys=capsys)
    assert status == 0
    assert [line.rpartition(",")[2] for line in out.splitlines()] == [f"{ID} (5)", "14", "0"]
    assert "still wait for a human" in err
    assert run("grade", ID, "--student", "nobody", "--course", folder, "--quiet", capsys=capsys)[0] == 1
    status, _, err = run("feedback", ID, "--student", "nobody", "--course", folder, capsys=capsys)
    assert (status, err.count("\n")) == (1, 1)


def test_cores_are_counted_where_the_system_does_not_say_which_are_ours(monkeypatch):
    from autograder.__main__ import cores

    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert cores() == 7
