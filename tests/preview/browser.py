"""Chromium without a window, spoken to through its DevTools pipe: messages of JSON, each with a NUL behind it."""

import json
import os
import shutil
import subprocess
import tempfile

PATIENCE_SECONDS = 60


class Browser:
    """One browser with a profile of its own."""

    def __enter__(self) -> "Browser":
        self.profile = tempfile.mkdtemp()
        self.number = 0
        self.tabs: dict[str, "Tab"] = {}
        to_browser, from_us = os.pipe()
        from_browser, to_us = os.pipe()

        def ends() -> None:
            # Chromium reads from 3 and writes to 4. Both are set aside first: either may be the other's place.
            reads, writes = os.dup(to_browser), os.dup(to_us)
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        command = [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank",
        ]
        self.process = subprocess.Popen(
            command, preexec_fn=ends, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(to_us)
        self.writes = os.fdopen(from_us, "wb", buffering=0)
        self.reads = os.fdopen(from_browser, "rb")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method: str, session: str | None = None, **parameters: object) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.writes.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.hear(answer)

    def read(self) -> dict:
        octets = bytearray()
        while (octet := self.reads.read(1)) != b"\0":
            if not octet:
                raise RuntimeError("the browser has ended")
            octets += octet
        return json.loads(octets)

    def hear(self, event: dict) -> None:
        tab = self.tabs.get(event.get("sessionId", ""))
        if tab:
            tab.hear(event["method"], event.get("params", {}))

    def open(self, address: str, width: int, height: int, scheme: str) -> "Tab":
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, target, session)
        self.tabs[session] = tab
        for domain in ["Page", "Runtime", "Log"]:
            tab.call(f"{domain}.enable")
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tab.call("Page.navigate", url=address)
        while not tab.loaded:
            self.hear(self.read())
        return tab


class Tab:
    """One page, with the errors that its console has shown."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self.browser, self.target, self.session = browser, target, session
        self.errors: list[str] = []
        self.loaded = False

    def call(self, method: str, **parameters: object) -> dict:
        return self.browser.call(method, self.session, **parameters)

    def value(self, expression: str) -> object:
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def hear(self, method: str, parameters: dict) -> None:
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(parameters["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(parameters["args"])[:500])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self.target)
