"""The program that supervises a Python command inside the sandbox: a text, never imported (see `supervision`)."""

SUPERVISOR = r"""
import sys
def supervise():
    import gc, hashlib, hmac, json, os, runpy, types, unittest
    read, write, leave, new, sha256, dumps = os.read, os.write, os._exit, hmac.new, hashlib.sha256, json.dumps
    told = b""
    while not told.endswith(b"\n"):
        piece = read(0, 65536)
        if not piece:
            leave(120)
        told += piece
    order = json.loads(told)
    nonce = order.pop("nonce").encode()
    root = os.getcwd()
    generated = {os.path.join(root, path) for path in order["generated"]}
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    channel = os.dup(2)
    arguments = sys.argv[1:]
    ran, faults, broken = {}, [], []
    sys.dont_write_bytecode = True
    is_file, is_function, every = os.path.isfile, types.FunctionType, gc.get_objects

    def changed_files():
        for path, digest in order["protected"].items():
            try:
                with open(os.path.join(root, path), "rb") as file:
                    same = sha256(file.read()).hexdigest() == digest
            except OSError:
                same = False
            if not same:
                yield path

    def looked_at(names):
        seen = {}
        for name in names:
            module = sys.modules.get(name)
            for key, value in list(vars(module).items()) if module else ():
                if isinstance(value, (is_function, types.BuiltinFunctionType)):
                    seen[name, key] = (id(value), id(getattr(value, "__code__", None)))
                elif isinstance(value, type) and value.__module__ == name:
                    seen[name, key] = (id(value), 0)
                    for inner, one in list(vars(value).items()):
                        if isinstance(one, (is_function, classmethod, staticmethod, property)):
                            seen[name, key, inner] = (id(one), id(getattr(one, "__code__", None)))
        return seen

    def patched(before, after):
        return ["the runner was patched: %s" % ".".join(key) for key in before if after.get(key) != before[key]]

    def everything_equal():
        # An object that equals whatever it is compared with passes every `assert f(x) == y`.
        for one in every():
            if not isinstance(one, type) or "__eq__" not in vars(one):
                continue
            file = getattr(sys.modules.get(one.__module__), "__file__", None) or ""
            code = getattr(vars(one)["__eq__"], "__code__", None)
            if file not in generated and (code is None or code.co_filename not in generated):
                continue
            for base in (object, int, float, str, list, dict, tuple, set):
                try:
                    instance = base.__new__(one)
                    if all(one.__eq__(instance, other) is True for other in (object(), object(), 7)):
                        yield one.__name__
                    break
                except BaseException:
                    continue

    def from_generated(trace):
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in generated:
                return True
            trace = trace.tb_next
        return False

    class Watch:
        def pytest_collectstart(self, collector):
            faults.extend("the file %s was changed while it ran" % path for path in changed_files())

        def pytest_collectreport(self, report):
            if report.failed:
                ran[report.nodeid or "collection"] = "failed"

        def pytest_exception_interact(self, node, call, report):
            error, trace = call.excinfo.value, call.excinfo.tb
            if type(report).__name__ != "CollectReport" or from_generated(trace):
                return
            cause = error
            while cause is not None and not isinstance(cause, (ModuleNotFoundError, SyntaxError)):
                cause = cause.__cause__ or cause.__context__
            if isinstance(cause, SyntaxError):
                if os.path.join(root, cause.filename or "") not in generated:
                    name = os.path.relpath(os.path.join(root, cause.filename or "a test"), root)
                    broken.append("%s can't be read: %s" % (name, cause.msg))
            elif cause is not None and not from_generated(cause.__traceback__):
                name = (cause.name or "").partition(".")[0]
                if all(name not in path[len(root):].replace(".py", "").split("/") for path in generated):
                    broken.append("the tests need the module `%s`, which is not there" % cause.name)

        def pytest_runtest_logreport(self, report):
            name, outcome = report.nodeid, report.outcome
            if report.failed:
                ran[name] = "failed"
            elif outcome == "skipped" and name not in ran:
                ran[name] = "skipped"
                by = report.longrepr[0] if isinstance(report.longrepr, tuple) else ""
                if by in generated:
                    faults.append("the code under test skipped %s" % name)
                if hasattr(report, "wasxfail") and "xfail" not in report.keywords:
                    faults.append("%s was given up by the code under test" % name)
            elif report.when == "call" and outcome == "passed":
                ran.setdefault(name, "passed")

    def pytest_command(words):
        import pytest
        import _pytest.assertion.rewrite, _pytest.runner, _pytest.unittest, _pytest.python, _pytest.main
        if hasattr(_pytest.assertion.rewrite, "_read_pyc"):
            from_cache = _pytest.assertion.rewrite._read_pyc  # a test that was compiled by whom?
            _pytest.assertion.rewrite._read_pyc = lambda source, *more, **named: (
                None if str(source).startswith(root) else from_cache(source, *more, **named)
            )
        watch = Watch()
        plugins = {}

        class Begin:
            @pytest.hookimpl(trylast=True)
            def pytest_sessionstart(self, session):
                manager = session.config.pluginmanager
                plugins.update((id(one), name) for name, one in manager.list_name_plugin() if one is not None)
                before.update(looked_at(known()))  # only now: plug-ins that a person installed may patch the runner

            @pytest.hookimpl(trylast=True)
            def pytest_sessionfinish(self, session):
                faults.extend(patched(before, looked_at(known())))  # plug-ins of pytest undo their own patches later
                for name, one in session.config.pluginmanager.list_name_plugin():
                    module = sys.modules.get(type(one).__module__)
                    file = getattr(one, "__file__", None) or getattr(module, "__file__", None)
                    if one is not None and id(one) not in plugins and file in generated:
                        faults.append("the code under test registered a plug-in of pytest")

        options = ["-p", "no:cacheprovider"]
        if not any(os.path.basename(path) == "conftest.py" for path in order["protected"]):
            options.append("--noconftest")
        ours = ("_pytest", "pytest", "pluggy", "unittest", "builtins", "os", "sys")
        before = {}

        def known():
            return sorted(name for name in list(sys.modules) if name.split(".")[0] in ours)

        code = int(pytest.main([*options, *words], plugins=[watch, Begin()]))
        return code

    def counted():
        # unittest ends with 0 if it found no test, before Python 3.12.
        result = unittest.TestResult
        start, skip = result.startTest, result.addSkip

        def starts(self, test):
            ran[test.id()] = "passed"
            return start(self, test)

        def skips(self, test, reason):
            ran[test.id()] = "skipped"
            if from_generated(sys.exc_info()[2]):
                faults.append("the code under test skipped %s" % test.id())
            return skip(self, test, reason)

        result.startTest, result.addSkip = starts, skips

    def other_command():
        counted()
        watched = ("unittest", "builtins", "os", "sys")
        before = looked_at(name for name in list(sys.modules) if name.split(".")[0] in watched)
        code = 0
        try:
            if arguments[0] == "-m":
                sys.argv[:] = arguments[1:]
                runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
            else:
                sys.argv[:] = arguments
                sys.path[0] = os.path.dirname(os.path.join(root, arguments[0]))
                runpy.run_path(arguments[0], run_name="__main__")
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
            if from_generated(stop.__traceback__):
                faults.append("the code under test ended the process")
            if code == 1 and isinstance(stop.code, str):
                print(stop.code, file=sys.stderr)
        except BaseException as error:
            import traceback
            code, trace = 1, error.__traceback__
            own = ("<string>", "<frozen runpy>", runpy.__file__)
            while trace is not None and trace.tb_frame.f_code.co_filename in own:
                trace = trace.tb_next
            if trace is None and isinstance(error, (ImportError, FileNotFoundError)):
                broken.append("it can't be started: %s" % error)
            traceback.print_exception(type(error), error, trace)
        faults.extend(patched(before, looked_at(sorted({key[0] for key in before}))))
        if code == 0 and arguments[:2] == ["-m", "unittest"] and not ran:
            broken.append("it found no tests")
        return code

    try:
        code = pytest_command(arguments[2:]) if arguments[:2] == ["-m", "pytest"] else other_command()
    except SystemExit as stop:
        faults.append("the code under test ended the process")
        code = 1
    except ModuleNotFoundError as error:
        if error.name not in ("pytest", "_pytest"):
            raise
        broken.append("install pytest for the project's Python")
        code = 1
    faults.extend("the file %s was changed while it ran" % path for path in changed_files())
    faults.extend("objects of the class %s equal everything" % name for name in everything_equal())
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    said = dumps({"exit": code, "ran": ran, "faults": sorted(set(faults)), "broken": sorted(set(broken))}).encode()
    line = b"\nspecbuild-report:" + new(nonce, said, sha256).hexdigest().encode() + b":" + said + b"\n"
    while line:
        line = line[write(channel, line):]
    leave(code & 255)
supervise()
"""
"""The program that is run; it is written to work with every Python that a project may have (3.8 and newer)."""
