"""The documented endpoint on this machine, over a real socket: for the demo, for notebooks, and for tests.

============== ==================================================================================
server         `LocalAPI`: a key, a port, a catalogue, and what was asked
uvicorn_thread the server itself, in a thread, on a loopback socket
endpoint       the answer to one request, without any network
parameters     the query checked, and the bodies that refuse it
catalogue      the videos, which may change while they are listed
sources        a catalogue from a simulation, a snapshot, or answer pages
unfreeze       a snapshot turned back into answers
faults         misbehaviour on demand: 5xx, resets, bodies cut short, silence
playing        the one place that sends an answer, with all that happens to it
============== ==================================================================================

It needs the extra `lab` (starlette and uvicorn).
"""

from influtics_lab.localapi.catalogue import Catalogue, Entry
from influtics_lab.localapi.endpoint import Manners
from influtics_lab.localapi.faults import Fault, Faults
from influtics_lab.localapi.server import Asked, LocalAPI

__all__ = ["Asked", "Catalogue", "Entry", "Fault", "Faults", "LocalAPI", "Manners"]
