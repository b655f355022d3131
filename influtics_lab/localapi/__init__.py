"""The documented endpoint as a local HTTP server: for the demo, for notebooks, and for tests.

================= ===============================================================================
server            `LocalAPI`: starts and stops the server, and logs its requests
uvicorn_thread    uvicorn in a thread, on a loopback socket
endpoint          build the answer to one request, without any network
parameters        validate the query; the documented error bodies
catalogue         the served videos, which may change between requests
catalogue_sources create a catalogue from a simulation, a snapshot, or answer pages
snapshot_answers  turn a snapshot back into answers
faults            simulated failures: HTTP errors, resets, truncated bodies, silence
send_answer       send an answer with its fault
================= ===============================================================================

It needs the extra `lab` (starlette and uvicorn).
"""

from influtics_lab.localapi.catalogue import Catalogue, Entry
from influtics_lab.localapi.endpoint import Manners
from influtics_lab.localapi.faults import Fault, Faults
from influtics_lab.localapi.server import Asked, LocalAPI

__all__ = ["Asked", "Catalogue", "Entry", "Fault", "Faults", "LocalAPI", "Manners"]
