"""The command line as a new user meets it: in a folder of his own, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from lmpeval.study import Data, DesignChoice
from lmpeval.study_files.reading import load_study
from simulation.small_country import laid_out, study, table

TESTS = Path(__file__).parent
COMMAND = (sys.executable, "-m", "lmpeval.cli")
HEAVY = (
    "pandas",
    "numpy",
    "mlflow",
    "scipy",
    "matplotlib",
    "duckdb",
    "sklearn",
    "pandera",
    "pydantic",
    "rich.progress",
)


def light(**changes):
    """A study of one cell."""
    return study(**{"outcomes": study().outcomes[:1], "designs": study().designs[:1], **changes})


def environment(folder, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    return {**kept, "PYTHONPATH": path, "COLUMNS": "100", **more}


def lmpeval(folder, *arguments, **more):
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 1, 2), done.stderr
    return done


@pytest.fixture
def called(called_in, tmp_path):
    """The command line in this process, for what is answered before anything is calculated."""
    return partial(called_in, tmp_path)


def refused(done, *messages):
    """A user's error: code 2, the message, no traceback, nothing on the standard output."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for message in messages:
        assert message in " ".join(done.stderr.replace("│", " ").split()), done.stderr
    return done


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store whose tables are made: every run that is tracked goes there."""
    return f"sqlite:///{tmp_path_factory.mktemp('runs') / 'runs.db'}"


def ran(folder, store, *arguments):
    return lmpeval(folder, "run", *arguments, "--jobs", 1, MLFLOW_TRACKING_URI=store)


# Asking what there is


def test_help_answers_without_a_heavy_package():
    code = (
        "import sys\nfrom lmpeval.cli import app\n"
        "app(['--help'], exit_on_error=False, result_action='return_value')\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for command in ("run", "demo", "schema", "check-table"):
        assert command in done.stdout


def test_help_answers_at_once(tmp_path):
    """Alone on a machine it takes a quarter of a second; the bound leaves room for a busy one."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        assert lmpeval(tmp_path, "--help").returncode == 0
        times.append(time.perf_counter() - begun)
    assert min(times) < 1.5


def test_version(tmp_path):
    assert lmpeval(tmp_path, "--version").stdout.strip() == "0.1.0"


def test_schema_is_json_that_holds_for_the_demonstration(tmp_path):
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from ruamel.yaml import YAML  # noqa: PLC0415

    schema = json.loads(lmpeval(tmp_path, "schema").stdout)
    Draft202012Validator.check_schema(schema)
    value = YAML(typ="safe").load(laid_out(tmp_path, study()).read_text(encoding="utf-8"))
    value["intervention"]["announced"] = str(value["intervention"]["announced"])
    text = json.loads(json.dumps(value))  # JSON has text for keys
    assert list(Draft202012Validator(schema).iter_errors(text)) == []
    assert list(Draft202012Validator(schema).iter_errors({**text, "portfolo": "x"}))


# Tables


def test_good_table_is_said_to_keep_its_contract(called, tmp_path):
    table().to_csv(tmp_path / "panel.csv", index=False)
    done = called("check-table", "region_panel", "panel.csv")
    assert (done.returncode, done.stdout) == (0, "panel.csv: 1000 rows keep contract region_panel\n")


def test_bad_table_is_told_all_that_is_wrong_with_it(tmp_path):
    data = table().astype({"cost": object})
    data.loc[3, "cost"] = "1.234,56"
    data.loc[5, "group"] = None
    data = data.rename(columns={"mortality": "Mortality"})
    data.to_csv(tmp_path / "panel.csv", index=False)
    done = refused(
        lmpeval(tmp_path, "check-table", "region_panel", "panel.csv"),
        "panel.csv: 3 violations of contract",
        "cost: must be a number (decimal point); 1 row: line 5 has",
        "group: must not be empty; 1 row: line 7",
        "Mortality: the column name must match",
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("region_pannel", "panel.csv"), "no contract is called 'region_pannel'; there are"),
        (("region_panel", "nothing.csv"), "nothing.csv: no such file"),
        (("region_panel",), "parameter FILE requires an argument"),
    ],
)
def test_table_that_cannot_be_checked(called, arguments, message):
    refused(called("check-table", *arguments), message)


# Running: what is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "parameter STUDIES requires an argument"),
        (("demo.yaml",), "parameter --data requires an argument"),
        (("demo.yaml", "--data", "nowhere"), "nowhere: no such folder; --data names the folder"),
        (("nothing.yaml", "--data", "."), "nothing.yaml:1:1: no such file"),
        ((".", "--data", "."), ".:1:1: this is a folder, expected a study file"),
        (("demo.yaml", "--data", ".", "--jobs", "0"), "0 found, expected 1 or more, or -1 for one a core"),
        (("demo.yaml", "--data", ".", "--jobs", "-5"), "-5 found, expected 1 or more, or -1 for one a core"),
        (("demo.yaml", "--data", ".", "--jobs", "two"), "two"),
        (("demo.yaml", "--data", ".", "--job", "2"), "--job"),
        (("demo.yaml", "--data", ".", "--out", "panel.csv"), "panel.csv: cannot be made a folder"),
        (("demo.yaml", "--data", ".", "--out", "panel.csv/out"), "out: cannot be made a folder"),
    ],
)
def test_wrong_call_is_one_message_and_nothing_is_written(called, tmp_path, arguments, message):
    laid_out(tmp_path, study())
    before = sorted(tmp_path.rglob("*"))
    refused(called("run", *arguments), message)
    assert sorted(tmp_path.rglob("*")) == before


def test_two_broken_files_are_told_at_once(tmp_path):
    one, two = laid_out(tmp_path, study(study="one")), laid_out(tmp_path, study(study="two"))
    one.write_text(one.read_text(encoding="utf-8").replace("match_on:", "matchon:"), encoding="utf-8")
    two.write_text(two.read_text(encoding="utf-8").replace("- kant_04", "- kant_40"), encoding="utf-8")
    refused(
        lmpeval(tmp_path, "run", "one.yaml", "two.yaml", "--data", "."),
        "one.yaml:",
        "no key `matchon` here: did you mean `match_on`?",
        "two.yaml:",
        "population.members[3]: the data has no unit 'kant_40'",
    )
    assert not (tmp_path / "results").exists()


def test_missing_column_is_told_with_the_nearest(called, tmp_path):
    laid_out(tmp_path, study(), table().rename(columns={"mortality": "mortalty"}))
    refused(
        called("run", "demo.yaml", "--data", "."),
        "demo.yaml:",
        "outcomes[1].name: the data has no column of figures 'mortality': did you mean 'mortalty'?",
    )


def test_missing_table_is_told(called, tmp_path):
    laid_out(tmp_path, study(data=Data(panel="panels.csv")))
    refused(called("run", "demo.yaml", "--data", "."), "panels.csv: no such file")


# Running: what is done


def written(folder):
    return sorted(path.name for path in folder.iterdir())


def of(*studies, languages=("en", "nl")):
    """Files that a run leaves of some studies."""
    sheets = {
        f"{study}.{kind}.{language}.{form}"
        for study in studies for kind in ("glance", "summary") for language in languages
        for form in ("html", "docx")
    }  # fmt: skip
    sheets |= {f"{study}.protocol.{language}.docx" for study in studies for language in languages}
    sheets |= {f"{study}.nl.html" for study in studies if "nl" in languages}
    return sorted(sheets | {f"{study}.{form}" for study in studies for form in ("html", "results.csv")})


def test_run_writes_a_report_and_again_the_same_and_exits_with_0(tmp_path, store):
    folder = tmp_path / "a folder with [brackets]"
    laid_out(folder, light(title="A pilot [/b] in Kant"))
    pages = []
    for _ in range(2):
        done = ran(folder, store, "demo.yaml", "--data", ".", "--out", "out [1]", "--language", "nl")
        assert (done.returncode, done.stderr) == (0, "")
        assert ("1 of 1 cells were there already" in done.stdout) == bool(pages)
        assert written(folder / "out [1]") == [".lmpeval", *of("demo", languages=["nl"])]
        pages.append((folder / "out [1]" / "demo.html").read_bytes())
    assert pages[0] == pages[1]
    assert "A pilot [/b] in Kant" in done.stdout
    assert "Report: out [1]/demo.html" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == [
        "demo.yaml",
        "mlartifacts",
        "out [1]",
        "panel.csv",
    ]


def test_design_that_breaks_gives_1_and_the_rest_is_reported(tmp_path, store):
    laid_out(tmp_path, light(designs=(*light().designs, DesignChoice("simulation.broken_design"))))
    laid_out(tmp_path, light(study="sound"))
    done = ran(tmp_path, store, "demo.yaml", "sound.yaml", "--data", ".")
    assert done.returncode == 1
    assert done.stderr == ""
    pages = [".lmpeval", *of("demo", "sound")]
    assert written(tmp_path / "results") == pages
    assert done.stdout.count("FAILED: ArithmeticError") == 1
    page = (tmp_path / "results" / "demo.html").read_text(encoding="utf-8")
    assert "900123" not in page


def test_store_that_cannot_be_used_leaves_all_reports_and_gives_2(tmp_path):
    for name in ("one", "two"):
        laid_out(tmp_path, light(study=name))
    (tmp_path / "text").write_text("this is no database, however long it is", encoding="utf-8")
    done = ran(tmp_path, "sqlite:///text", "one.yaml", "two.yaml", "--data", ".")
    refused(done, "tracking store sqlite:///text cannot be used:", "The reports in results are complete")
    pages = [".lmpeval", *of("one", "two")]
    assert written(tmp_path / "results") == pages
    assert "Runs:" not in done.stdout


@pytest.mark.slow
def test_server_that_does_not_answer_is_told_within_a_minute(tmp_path):
    laid_out(tmp_path, study())
    begun = time.perf_counter()
    done = ran(tmp_path, "http://127.0.0.1:9", "demo.yaml", "--data", ".")
    assert time.perf_counter() - begun < 60
    refused(done, "tracking store http://127.0.0.1:9 cannot be used:")
    assert (tmp_path / "results" / "demo.html").is_file()


def test_demo_tells_the_truth_and_keeps_what_was_changed(called, tmp_path, store):
    done = lmpeval(tmp_path, "demo", MLFLOW_TRACKING_URI=store)
    assert done.returncode == 0, done.stderr
    assert "true effect -60, estimate" in done.stdout
    assert "true effect 0, estimate" in done.stdout
    calibrated = {"demo.calibration.html", "demo.calibration.nl.html", "demo.calibration.json"}
    left = {path.name for path in (tmp_path / "demo").iterdir()}
    assert left == {".lmpeval", *of("demo"), "panel.csv", "study.yaml"} | calibrated
    command = done.stdout.strip().splitlines()[-1].split()
    assert command[:2] == ["lmpeval", "run"]
    path = tmp_path / "demo" / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("matches: 20", "matches: 5"), encoding="utf-8")
    refused(called("demo"), "demo/study.yaml: not what the demonstration would write")
    assert load_study(path).comparator.matches == 5


@pytest.mark.slow
def test_demo_runs_twice_and_by_the_command_that_it_names(tmp_path, store):
    first, second = (lmpeval(tmp_path, "demo", MLFLOW_TRACKING_URI=store) for _ in range(2))
    assert (second.returncode, second.stdout) == (0, first.stdout)
    page = (tmp_path / "demo" / "demo.html").read_bytes()
    command = first.stdout.strip().splitlines()[-1].split()
    assert lmpeval(tmp_path, *command[1:], MLFLOW_TRACKING_URI=store).returncode == 0
    assert (tmp_path / "demo" / "demo.html").read_bytes() == page


# Interrupted


def _children(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads the children of a process in /proc")
@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_interrupt_keeps_what_was_finished_and_leaves_nothing_behind(tmp_path, store, jobs):
    """As a terminal does on Ctrl-C: the whole group of processes gets the signal."""
    names = [f"s{i:02d}" for i in range(15)]
    for name in names:
        laid_out(tmp_path, light(study=name))
    files = [f"{name}.yaml" for name in names]
    running = subprocess.Popen(
        [*COMMAND, "run", *files, "--data", ".", "--jobs", str(jobs)],
        cwd=tmp_path,
        env=environment(tmp_path, MLFLOW_TRACKING_URI=store),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    second, patience = tmp_path / "results" / "s01.html", time.monotonic() + 150
    while not second.exists() and time.monotonic() < patience and running.poll() is None:
        time.sleep(0.02)
    workers = _children(running.pid)
    for _ in range(5):  # Python loses an interrupt that falls into a callback; people press again
        os.killpg(running.pid, signal.SIGINT)
        try:
            _, told = running.communicate(timeout=5)
            break
        except subprocess.TimeoutExpired:
            continue
    told = re.sub(
        r"Exception ignored in: .*\n(?:Traceback.*\n(?: .*\n)*)?\s*KeyboardInterrupt: *\n", "", told
    )
    assert running.returncode == 130, told
    assert told == "interrupted: finished studies keep their reports and runs, and a run its finished cells\n"
    left = sorted(path.name for path in (tmp_path / "results").glob("s[0-9][0-9].html"))
    assert left == [f"{name}.html" for name in names[: len(left)]]
    assert 2 <= len(left) < len(names)
    for name in left:
        page = (tmp_path / "results" / name).read_text(encoding="utf-8")
        assert page.rstrip().endswith("</html>")
    if jobs > 1:
        assert workers
    gone = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < gone:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


# The pioneer sites on the published data


@pytest.mark.slow
def test_pioneer_sites_are_answered_or_refused_with_a_reason(real_data):
    from lmpeval.engine.planning import plan  # noqa: PLC0415
    from lmpeval.engine.preparation import prepare  # noqa: PLC0415
    from lmpeval.engine.running import run  # noqa: PLC0415
    from lmpeval.finding import Answered, NotEstimable  # noqa: PLC0415

    files = sorted((TESTS.parent / "configs" / "lmp").glob("*.yaml"))
    plans = [plan(ready) for ready in prepare(files, real_data)]
    results = list(run(plans, 1))
    assert [found.study.study for found in results] == [
        "blauwe_zorg",
        "goedleven",
        "mijnzorg",
        "vitaal_vechtdal",
    ]
    assert sum(len(found.findings) for found in results) == 40
    for found in results:
        assert sum(n for _, _, n in found.selection.flow()) == 355
        for finding in found.findings:
            if isinstance(finding.result, NotEstimable):
                assert finding.result.reason
            else:
                assert isinstance(finding.result, Answered), finding.cell.name
                assert [e.assumption.number for e in finding.result.ledger.entries] == list(range(1, 13))
