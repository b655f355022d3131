"""A first watch file: every condition and every place explained."""

from __future__ import annotations

from typing import Final

WATCH_TEMPLATE: Final = """\
# A watch of influtics-lab. Lines that begin with "# " explain; lines that begin with "#" alone are examples:
# remove the "#" to use them. Check it with: influtics-lab watch FILE --archive ARCHIVE --dry-run

time_zone = "UTC"
#creators_csv = "creators.csv"
#stdout = true
#retry_for = "1m"

# In quiet hours only conditions with urgent = true are sent; the others by the first run after them,
# in one mail.
#[quiet]
#start = "22:00"
#end = "07:00"

# Where alerts go. Without any of these, each event is a line of JSON on standard output; stdout = true (above) prints
# them as well. A run tries each place for retry_for; what it does not accept is sent by the next run. Secrets are in
# variables of the environment, and this file names the variables. A place may have a name, for messages.

# The address may be in a variable, too: url_env = "WEBHOOK_URL" in place of url.
#[[webhook]]
#name = "our server"
#url = "https://example.com/alerts"
#secret_env = "INFLUTICS_WATCH_SECRET"

#[[mail]]
#host = "smtp.example.com"
#port = 587
#security = "starttls"
#sender = "lab@example.com"
#to = ["you@example.com"]
#user = "lab@example.com"
#password_env = "SMTP_PASSWORD"

# Other services, by Apprise: pip install 'influtics-lab[alerts]'. The variable holds their addresses.
#[[apprise]]
#urls_env = "APPRISE_URLS"

# Conditions. Each has a name, and may have
#   a scope: platform = "TikTok", creator = "Ann", campaign = "june.toml", video = ["an id or a link"]; without: all
#   readings = 2: it must hold in so many readings in a row, to begin
#   urgent = true: it is sent in quiet hours, too
#   silence_until = 2030-01-31: nothing is sent of it until then

# Views were taken back, and are not yet back where they were. count = "likes" watches another count. Milestones and
# hidden counts have this key as well.
[[purge]]
name = "views taken back"

# Counts stay the same, although the views before make that improbable.
[[stall]]
name = "tracking stalled"

# Views come fast and with too few engagements: consistent with paid or invalid traffic.
[[burst]]
name = "views without engagement"

# The polls of a video failed, three times in a row.
[[failed_polls]]
name = "polls fail"
readings = 3

# A video is no longer in the list of the service, or its views are hidden.
[[removed]]
name = "video removed"
[[hidden]]
name = "views hidden"
readings = 2

# No new reading of any video for some hours, by the clock of this machine. Without total = true: of each video.
[[no_reading]]
name = "no news at all"
hours = 26
total = true

# A count passes a number for the first time: levels = [100000, 1000000], or each multiple of every = 100000.
#[[milestone]]
#name = "a million"
#levels = [1000000]

# A count, engagement_rate (in %, by views) or views_per_day is at_least or at_most a value, for each video or, with
# total = true, for all together.
#[[value]]
#name = "few engage"
#measure = "engagement_rate"
#at_most = 1.0
#readings = 3

# Views gained a day in the last week are fewer than a target needs: the targets of a campaign file or, in their place,
# target = 1000000 and by = 2030-01-31, with start = 2030-01-01 if views before a day do not count as pace.
#[[pace]]
#name = "behind target"
#campaign = "june.toml"

# The upper limit of a video's forecast is below a target; judged after each refresh, from all videos of the archive.
#[[forecast]]
#name = "out of reach"
#target = 100000
#horizon = "30d"

# A platform changed what it counts as a view: the first reading of each video after that.
#[[counting_rule]]
#name = "counted in another way"
"""
