"""What setuptools cannot be told in pyproject.toml: the compiled core, and the sample that the package carries.

The modules of the core are optional: where they cannot be compiled, everything is installed but them. CFLAGS of the
environment take the place of the flags for speed. They keep to the stable ABI of CPython, which costs them nothing that
can be measured: so one wheel of a system serves CPython 3.11 and all that come after it. Python without a GIL has none.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

FOLDER = Path(__file__).resolve().parent
SAMPLE = Path("samples/demo")
FLAGS = [] if "CFLAGS" in os.environ or sys.platform == "win32" else ["-O3", "-g0", "-Wno-unused-const-variable"]
HAS_STABLE_ABI = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
OLDEST = ("cp311", "0x030B0000")
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": True,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "show_performance_hints": False,  # they would have no bounds checked
}


class BuildWithSample(build_py):
    """Puts the sample of `dovetool demo` into the package; a checkout has it beside the package."""

    def run(self) -> None:
        """Build, and add the sample."""
        super().run()
        if not self.editable_mode:
            self.copy_tree(str(FOLDER / SAMPLE), str(Path(self.build_lib, "dovetool", SAMPLE)))


class BuildCore(build_ext):
    """Compiles the core by way of files in `build_base`."""

    def run(self) -> None:
        """Translate all modules, which takes longer than anything else that needs no compiler, and compile them."""
        scratch = self.get_finalized_command("build").build_base
        translated = cythonize(core(), build_dir=scratch, compiler_directives=DIRECTIVES)
        for module, made in zip(self.extensions, translated, strict=True):
            module.sources = made.sources
        super().run()

    def copy_extensions_to_source(self) -> None:
        """Put the modules beside their sources, and take away what an earlier build left there under another name."""
        for stale in chain.from_iterable(FOLDER.glob(f"dovetool/core/*{suffix}") for suffix in (".so", ".pyd")):
            stale.unlink()  # Python would find it first
        super().copy_extensions_to_source()


def core() -> list[Extension]:
    """Each module of the core but its front door."""
    sources = sorted(path.relative_to(FOLDER) for path in FOLDER.glob("dovetool/core/[!_]*.py"))
    return [
        Extension(
            ".".join(source.with_suffix("").parts),
            [str(source)],
            extra_compile_args=FLAGS,
            define_macros=[("Py_LIMITED_API", OLDEST[1])] if HAS_STABLE_ABI else [],
            py_limited_api=HAS_STABLE_ABI,
            optional=True,
        )
        for source in sources
    ]


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:  # nothing of one build is found by the next
        setup(
            ext_modules=core(),
            cmdclass={"build_py": BuildWithSample, "build_ext": BuildCore},
            options={
                **({"bdist_wheel": {"py_limited_api": OLDEST[0]}} if HAS_STABLE_ABI else {}),
                "build": {"build_base": scratch},
                "build_ext": {"parallel": True},
                "egg_info": {"egg_base": scratch},
            },
        )
