"""Fixtures that many tests share."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from importlib import reload
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from lua_tshark import LuaTshark, lua_tshark

from dovetool import core

settings.register_profile(
    "patient",  # how fast a machine is, and how busy, is no property of the code
    deadline=None,
    max_examples=60,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
settings.load_profile("patient")
os.environ["DOVETOOL_CONFIG"] = ""  # a dovetool.toml of a folder above has no say in what tests see
os.environ.pop("DOVETOOL_MAP", None)
os.environ.pop("PYTHONUNBUFFERED", None)  # users do not have it, and the commands that tests run inherit it
if core.MISSING:  # where the core cannot be compiled, the pure engine is tested, and each command need not say so
    os.environ["DOVETOOL_PURE"] = "1"
    reload(core)
collect_ignore_glob = [] if list(Path(core.__file__).parent.glob("*.so")) else ["core/test_*.py"]


def pytest_configure() -> None:
    """Hear signals, and let the commands that tests run hear them, where the shell has the tests in the background."""
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_collection_finish() -> None:
    """The tests are there to the end: nothing of them is looked through for garbage, here or in a process forked."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option of ours."""
    parser.addoption("--both-engines", action="store_true", help="run all tests of commands on both engines")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of the engine and of commands on both engines."""
    from engines import choose

    choose(metafunc)


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine that does the work."""
    from engines import used

    with used(request.param) as name:
        yield name


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of captures that other projects test with: `$DOVETOOL_CORPUS`, else beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "captures"
    folder = Path(os.environ.get("DOVETOOL_CORPUS", default))
    if not folder.is_dir():
        pytest.skip(f"no corpus of captures at {folder}; set DOVETOOL_CORPUS")
    return folder


@pytest.fixture(scope="session")
def tshark() -> Iterator[LuaTshark]:
    """tshark with dove.lua, for tests that change nothing in its folders."""
    with lua_tshark() as one:
        yield one


@pytest.fixture
def own_tshark() -> Iterator[LuaTshark]:
    """tshark with dove.lua, for a test that puts files into its folders."""
    with lua_tshark() as one:
        yield one


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal that tests are run from has no say in how wide a table is."""
    monkeypatch.delenv("COLUMNS", raising=False)
