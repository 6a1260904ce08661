"""A soarm-sim process for a test, and its SimService."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

TOP = pathlib.Path(__file__).resolve().parents[2]
START_S = 20


def load_service(descriptors):
    """SimService's methods from a set that protoc wrote: no generated Python is needed."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(descriptors).read_bytes())
    for file in files.file:
        pool.Add(file)
    return pool.FindServiceByName("soarm.sim.v1.SimService")


class Simulator:
    """Starts with the `with`, ends with it. Methods are called by name: sim("Mute", servo=3)."""

    def __init__(self, robot="so101", *flags):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="soarm-peers-"))
        self.port = str(self.folder / "tty")
        self.address = f"unix:{self.folder}/sim.sock"
        self.command = [os.environ["SOARM_SIM"], "--robot", robot, "--link", self.port,
                        "--control", self.address, *flags]
        self.process = None
        self.channel = None
        self.log = []
        self.ready = False
        self.told = threading.Event()  # ready, or ended
        self.service = load_service(os.environ["SOARM_DESCRIPTORS"])

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True)
        # Read to its end, or the simulator would wait when the pipe is full.
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        if not self.told.wait(START_S) or not self.ready or not os.path.exists(self.port):
            self.__exit__()
            raise RuntimeError(f"soarm-sim did not get ready: {''.join(self.log)}")
        self.channel = grpc.insecure_channel(self.address)
        return self

    def read_log(self):
        """What it says on stderr. Its ready line comes after the link is there."""
        for line in self.process.stderr:
            self.log.append(line)
            if line.startswith("soarm-sim ready"):
                self.ready = True
                self.told.set()
        self.told.set()

    def __exit__(self, *_):
        if self.channel is not None:
            self.channel.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join()
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __call__(self, name, **fields):
        method = self.service.methods_by_name[name]
        request = message_factory.GetMessageClass(method.input_type)()
        json_format.ParseDict(fields, request)
        answer_type = message_factory.GetMessageClass(method.output_type)
        call = self.channel.unary_unary(
            f"/{self.service.full_name}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer_type.FromString)
        return call(request, timeout=10, wait_for_ready=True)

    def truth(self, servo):
        return next(one for one in self("GetTruth").servos if one.servo == servo)

    def register(self, servo, address, count=2):
        values = self("ReadRegisters", servo=servo, address=address, count=count).values
        return int.from_bytes(values, "little")


def eventually(condition, seconds=5.0):
    """Whether `condition` comes true in time. The other side is a process of its own with a clock
    of its own, so there is nothing to advance by hand."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
