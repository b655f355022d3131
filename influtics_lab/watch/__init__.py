"""Watch an archive: conditions in a TOML file, judged after each refresh; what begins and ends is sent once.

================= =============================================================================
run_watch         one run: judge what is new, note the events in the state, deliver them
news_judge        which conditions begin and end by what is new in the archive
dry_run           what a run would send now, and when each condition began last
watch_file        the TOML file
watch_places      its tables of places that alerts go to, and its quiet hours
watch_conditions  its tables of conditions
watch_template    a first file with every key explained
watch_scope       which videos a condition is about
reading_levels    at which readings a condition holds for each video
total_levels      the same for videos together: totals, pace towards a target
level_changes     when conditions begin and end
watch_state       the state: what is open, up to which read, what was not delivered
alert_text        an event: its sentence, evidence, readings and lines of Python
alert_mail        a mail of events, as text and HTML
alert_sinks       standard output, webhooks, mail, Apprise
delivery          retries within a budget
================= =============================================================================

**Begin.** Write a file with every key explained, see what it would send, and when each condition began last::

    influtics-lab watch watch.toml --init
    influtics-lab watch watch.toml --archive data/archive --dry-run

**From cron.** After each refresh, with the secrets in a file that only you can read: ``17 * * * * $HOME/lab/hourly``,
where ``hourly`` is::

    #!/bin/sh
    . $HOME/.influtics; cd $HOME/lab
    .venv/bin/influtics-lab archive refresh data/archive >>log 2>&1 &&
        .venv/bin/influtics-lab watch watch.toml --archive data/archive >>events.jsonl 2>>log

With ``;`` in place of ``&&`` the watch also runs after a refresh that failed: ``[[no_reading]]`` then reports that the
data are old.

**From systemd.** In ``~/.config/systemd/user/``, ``influtics-watch.service``::

    [Service]
    Type=oneshot
    WorkingDirectory=%h/lab
    EnvironmentFile=%h/.influtics.env
    ExecStart=%h/lab/.venv/bin/influtics-lab archive refresh data/archive
    ExecStart=%h/lab/.venv/bin/influtics-lab watch watch.toml --archive data/archive
    SuccessExitStatus=1

and ``influtics-watch.timer``, which ``systemctl --user enable --now influtics-watch.timer`` starts::

    [Timer]
    OnCalendar=hourly
    Persistent=true
    [Install]
    WantedBy=timers.target

**Exit codes.** 0: nothing began or ended. 1: something did, and was sent. 5: a place did not accept its events; they
are in the state and are sent by the next run. 2: the file, a secret or the state is wrong, or another run is at work.

**What can go wrong.** Each of these is one line on standard error, and nothing is checked or sent: a mistake in the
file (with its line and key), a variable that is not set, a state that is damaged or of another archive, another run
that is still at work, an archive that is older than the state (it was restored from a backup: refresh it; what was not
delivered before is sent all the same).

**To silence a condition**, add ``silence_until = 2030-01-31`` to its table: it is judged, and nothing of it is sent,
neither then nor later. To silence it for good, remove its table. ``[quiet]`` holds events back until the morning,
except those of conditions with ``urgent = true``; one mail then has all of them.

**What is sent.** A condition that lasts (all but milestones) has an event where it begins and one where it ends. The
first run, and the first one with a condition, reports what holds then; of milestones only what is passed later. A
video that is new in the archive brings no news of its past. Of videos together (``total = true``, ``[[pace]]``)
readings within one hour are one. Each event has a ``key``, the same however often it is sent: a webhook has it as
``webhook-id``, and a mail has one ``Message-ID`` for its events. A process that is killed between sending and
writing sends again, and a receiver that knows the key drops it. Webhooks are signed as Standard Webhooks define it
(https://www.standardwebhooks.com), with the secret of ``INFLUTICS_WATCH_SECRET``.

By STARTTLS or TLS, mail is sent only to a server whose certificate this machine trusts; the variable ``SSL_CERT_FILE``
names the file of a company's own authority.

Purges, stalls and bursts are those of `influtics_lab.metrics.flag_counters`. How often clean videos are flagged, and
after how long what is planted is found: ``tests/bench/watch.py``.
"""

from __future__ import annotations

from influtics_lab.watch.run_watch import WatchResult, run_watch
from influtics_lab.watch.watch_file import Watch, parse_watch, read_watch

__all__ = ["Watch", "WatchResult", "parse_watch", "read_watch", "run_watch"]
