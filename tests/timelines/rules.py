"""
Every rule and table row of metrics.md 1 to 5 and 7, by an id, and where it is shown when no golden viewing can show it.

A viewing names the rules it holds: `rule: metrics.md 1.3 pauseStart`. Written by hand from the text, in its order; a rule of
the text that is missing here is shown nowhere, so read both side by side when the text changes.
"""

from collections.abc import Mapping
from typing import Final

_SHOWN = """
1.1 missing timestamp | a missing timestamp is replaced by the arrival
1.1 far timestamp | a timestamp more than 24 h from its arrival is replaced by it
1.1 missing playhead | a missing playhead repeats the previous one in fold order
1.1 durations | all durations come from the player's timestamps, never from playheads or arrivals
1.1 expiry | all expiry goes by arrivals
1.1 order | a session is a fold of its events by (timestamp, arrival)
1.1 start first | sessionStart is pinned first
1.1 end last | sessionEnd is pinned last; the last timestamp is that of the last event, also where an earlier one is later
1.1 negative interval | an interval is never less than nothing
1.1 interval cap | an interval is credited with interval_cap_s at most
1.1 tail | nothing is credited after the last event
1.1 steps | credit the interval by the state before, take QoE values, apply the transition
1.1 ignored event | an ignored event ends an interval, brings QoE values, restarts timers, may be the last event
1.2 starting | the player starts in `starting`
1.2 active ad | an open ad has the clock
1.2 active gap | an open break without an open ad has it, unless closed softly
1.2 active main | otherwise main content has it
1.2 max_states | at most max_states names of player states
1.3 enter main play | the first (main, playing) sets isPlayed and hasSegmentView
1.3 sessionStart | creates the session; its fields are fixed for the whole of it
1.3 play | main plays; an open ad plays; a pause or a buffer ends
1.3 play, soft close | play in a break whose last ad has closed closes it softly
1.3 play, empty break | play in a break without a closed ad does not
1.3 pauseStart | counts if not already paused; main and an open ad pause
1.3 pauseStart, ended | ignored after the end unless an ad is open, which then pauses alone
1.3 bufferStart | counts if not already buffering; main and an open ad buffer
1.3 bufferStart, ended | as for pauseStart
1.3 ping | no transition; carries playhead and QoE
1.3 adBreakStart | closes an open ad and an open break, opens a new one
1.3 adStart | opens an ad that plays whatever main does; counted, a row
1.3 adStart, no break | ignored
1.3 adComplete | closes the ad as completed, a row; ignored with none open
1.3 adSkip | closes the ad as not completed, a row; ignored with none open
1.3 adBreakComplete | closes the break and an ad left open; may enter main play; ignored with none open
1.3 chapterStart | closes an open chapter as not completed, opens one, counts
1.3 chapterComplete | closes it as completed, a row; ignored with none open
1.3 chapterSkip | closes it as not completed, a row; ignored with none open
1.3 bitrateChange | counts, also when the value is equal or missing
1.3 error | counts, its id is listed, no state changes
1.3 statesUpdate | ends, then starts
1.3 sessionComplete | completed, main is ended, an open ad keeps running, the session stays open
1.3 sessionEnd | closes
1.3 pre-roll without play | the ad counts from adStart; afterwards main stays starting until play
1.3 pre-roll with play | play inside the ad: main plays from adBreakComplete on
1.3 mid-roll | after adBreakComplete main goes on in its earlier state
1.4 main, playing | main time, the chapter, the bitrate weight, viewed content
1.4 ad, playing | the ad, ad time, the bitrate weight
1.4 paused | pause time, in main, ads and gaps
1.4 buffering | buffer time, in main, ads and gaps
1.4 nothing | a playing gap, starting and ended are credited to nothing
1.4 states | every open player state has its own time, whatever else is so
1.5 live wrap | with length 86400 a fall of more than half a day is midnight
1.5 jitter | up to a second back: nothing viewed
1.5 continuous | up to twice the clock and a second: all of it viewed
1.5 seek | otherwise as much as the clock says from the old playhead
1.5 clip | viewed content is clipped to the length, where there is one
1.5 live split | with length 86400 it is split at midnight
1.5 union | the union of closed intervals of positive length
1.6 run | adjacent main play at one playhead; a change of the active state or a move ends it
1.6 qualifying | shorter intervals belong to the run and do not count
1.6 stall | the second interval of a second or more makes the whole run a stall
1.6 moved | main time, chapter and bitrate weight of the run become stall time
1.6 further | further intervals of the run are stall time directly, without another count
1.6 elsewhere | no stall in ads, pauses, buffering
1.6 example | pings at 21, 31, 41 at playhead 14: one stall of 20 s
1.7 play ends | play after bufferStart or pauseStart ends it
1.7 repeats | pauseStart while paused, bufferStart while buffering, play while playing: no new count
1.7 bufferStart while paused | ends the pause, starts a buffer
1.7 seek | pauseStart and play of a seek are a pause
1.7 adStart while paused | the ad plays, the pause or buffer of main goes on after the break unless play came
1.7 gap time | time in a break without an open ad is credited to nothing, pause and buffer still are
1.7 adStart without adBreakStart | no row, no count, its time is main content
1.7 break never completed | closed by the next adBreakStart, the close, or softly; adStart reopens a soft-closed one
1.7 ad left open | closed as not completed by adBreakComplete, adStart, adBreakStart, the close
1.7 chapter left open | closed as not completed by chapterStart and the close
1.7 chapter in a break | opens; has time only once main plays
1.7 same chapter again | another chapter play: new row, counted, same ID
1.7 only pings | dropped before start, no time
1.7 play before the pre-roll | counts as content start
1.7 error | time after it counts as before
1.7 after sessionComplete | events are processed; time counts again after play
2 rounding | half up, once, on the final sum of each field
2 presence | booleans only when true, numbers only when > 0
2.1 static fields | all client-supplied fields are on every row
2.1 ID | the session id
2.1 genreList | genre split at commas, trimmed, empties dropped
2.1 contentType | empty: missing_content_type
2.1 length | rounded if fractional, computed with unrounded
2.1 streamType | as sent, never derived
2.1 pev3 | on all rows but sessionStart, videoAd/audioAd on ad rows
2.1 pccr | true on all rows but sessionStart
2.2 isViewed | on sessionStart unless resumed
2.2 hasResume | sessionStart: echo; close: only if true
2.2 isDownloaded | sessionStart only
2.2 isFederated | close, of a federated datastream
2.2 isPlayed | main play was entered
2.2 hasSegmentView | the same
2.2 isCompleted | a sessionComplete was accepted
2.2 timePlayed | wall clock in main play, always written
2.2 totalTimePlayed | main and ads, always written
2.2 uniqueTimePlayed | content seen, replays once
2.2 averageMinuteAudience | timePlayed / length to six decimals, 0 is written, only with a length
2.2 estimatedStreams | one per started 30 minutes
2.2 adCount, chapterCount | accepted starts
2.2 pauseCount | entries into the paused state
2.2 pauseTime | time in it
2.2 hasPauseImpactedStreams | there was one
2.2 hasProgress | the point of the content was seen; jumped over is not
2.2 segment | minutes from the first to the last seen
2.2 secondsSinceLastCall | arrival clock, from the latest accepted event to the close
2.3 ad echo | the fields of adStart, not renumbered
2.3 ad isStarted | adStart row only
2.3 ad timePlayed | time with the ad playing
2.3 ad isCompleted | only by adComplete
2.3 pod ID | md5 of the content id, and the index
2.3 pod echo | index, offset, friendlyName of adBreakStart
2.4 echo | index, offset, length, friendlyName
2.4 ID | md5 of the content id, and the index
2.4 isStarted | always
2.4 isCompleted | only by chapterComplete
2.4 timePlayed | main play while it is open
2.5 any event | QoE values of any event hold from it on
2.5 bitrateAverage | weighted by playing time while current; values <= 0 ignored; no weight: the last value
2.5 bitrateAverageBucket | hundreds
2.5 bitrateChangeCount | bitrateChange events, and the flag
2.5 droppedFrames | the last value, and the flag
2.5 framesPerSecond | the last value
2.5 timeToStart | last value until main play is entered, else the first later one; 0 is written
2.5 isDroppedBeforeStart | main play never entered, whatever ads did
2.5 bufferCount | entries into buffering, also before the first play
2.5 bufferTime | time in it
2.5 stallCount, stallTime | stalls and their time
2.5 errorCount | errors, not deduplicated
2.5 error ids | distinct by source, first seen first
2.6 count | a start of a closed state counts; of an open one, or an end of a closed one, is ignored
2.6 restart | a state in both lists starts again
2.6 time | wall clock in every playback state; open at close: until the last event
2.6 names | the five standard names without case, others as sent
2.6 ten names | further names are dropped
2.6 order | order of first start
2.6 example | fullscreen 0.5 to 30, restarted, open at 40: 2 times, 40 s
3.1 sessionStart | at once, at its timestamp
3.1 adStart | of an accepted adStart, at its timestamp
3.1 adComplete | every close of an ad, at the closing event; at the close of the session, at the last
3.1 chapterComplete | every close of a chapter; nothing at chapterStart
3.1 sessionComplete | once per session, at the last timestamp
3.1 order at close | ad, chapter, session
3.2 timestamp | UTC with three decimals
3.2 _id | SHA-256 of session, type and ordinal
3.2 identityMap | ambiguous where nothing is said, ECID added, and primary where nothing is
3.2 details | implementationDetails and environment of sessionStart, else the server's own
3.2 metadata | tenant paths and customMetadata, an ad's or chapter's over the session's
3.2 playhead | only on the sessionStart row of a download
3.3 early | rows of ads and chapters come from the incremental fold, after the window
3.3 written again | rows never written or that differ are written at the close
3.3 retracted | a row that the full fold no longer has is retracted
3.3 again after retraction | a later row under that id counts again
4.1 end | at its arrival, for good
4.1 idle | 600 s of silence, provisional
4.1 stuck | 1800 s at one playhead, pings or not, for good
4.1 complete | 60 s of silence after sessionComplete, provisional
4.1 age | 24 h since the start, for good
4.1 downloaded | at the end of the batch, for good
4.1 earliest | the earliest deadline wins
4.1 tie | on a tie a final one
4.1 at the deadline | an arrival at or after it is after the close
4.1 completed and cause | isCompleted depends only on sessionComplete
4.1 changed playhead | compared with the one that arrived before, in any state; a missing one is no change
4.1 at close | ad, chapter, states and break end at the last event
4.1 reopened after complete | any event before the idle, stuck and age deadlines
4.1 reopened after idle | an event of the session's time, within 24 h of the start
4.1 reopened, complete gone idle | after the idle deadline, the rule of idle
4.1 timers restart | idle timer; the playhead timer too if the undone close was idle
4.1 closed for good | changes nothing
4.1 second sessionEnd | silently dropped
4.2 start bypasses | sessionStart is not held
4.2 window | events are held 5 s after arrival
4.2 more than ten | then the one with the smallest timestamp is due at once
4.2 smaller first | what has a smaller timestamp is processed before an event that is due
4.2 after sessionEnd | earlier timestamps within 5 s are accepted; the close instant stays
4.2 stragglers | later ones count in the final fold
4.2 equal timestamps | keep arrival order
4.3 _id | the same client id
4.3 requestId and index | the same request and place in it
4.3 content | the same type, timestamp and content
4.3 replaced timestamp | is never the same
4.3 no timer | a duplicate restarts none
4.3 repeated start | the same session
4.3 two starts | two sessions, the orphan closes dropped before start
4.4 skew | a constant skew has no effect
4.4 stamped start | a client clock behind a server-stamped start is kept
4.4 forward jump | limited by the cap
4.5 resume | a resumed session is its own, and no start; states must start again
5 one batch | one event, one session, closed at once
5 sorted | by mediaEventTimestamp
5 no expiry | no timeout, the interval cap instead
5 after sessionEnd | what follows in the list is dropped, whatever its timestamp
5 rows | the same, at the original times; isDownloaded on sessionStart
5 not completed | isCompleted false, closed at the last event
5 silence | secondsSinceLastCall is 0
7.1 | marker after a forward seek: not counted
7.2 | segment in minutes from first to last
7.3 | no isViewed when hasResume
7.4 | false and 0 are left out, with two exceptions
7.5 | an adComplete row for skipped ads too
7.6 | a chapterComplete row for skipped chapters too
7.7 | sessionComplete closes provisionally
7.8 | secondsSinceLastCall from the last event to the close
7.9 | the close row is at the last event
7.10 | pod and chapter IDs are MD5, stable across sessions
7.11 | podPosition and chapter index as sent
7.12 | repeated pauseStart and bufferStart: entries
7.13 | a pause is ended by bufferStart
7.14 | pauses and buffers inside ads count
7.15 | a gap between ads is credited to nothing
7.16 | missing adBreakComplete: ads kept
7.17 | missing adBreakStart: ads ignored
7.18 | an ad plays before any play
7.19 | main goes on after a break
7.20 | content start without a play on main
7.21 | three events a second apart are a stall, from the first
7.22 | time after an error counts
7.23 | half up, each field on its own
7.24 | up to twice the clock is no seek
7.25 | bitrate as sent, weighted by main and ad play, zeros ignored
7.27 | dropped frames: last value
7.28 | time to start: last value up to the main start
7.29 | estimated streams by the formula
7.30 | six decimals, integer seconds
7.31 | hasSegmentView is isPlayed
7.32 | 5 s or 10 events, and a final fold
7.33 | equal timestamps: arrival order
7.34 | duplicates by 4.3
7.35 | after sessionEnd 5 s for earlier timestamps
7.36 | timeouts go by arrival
7.37 | 24 h limit
7.38 | no timeout in a download
7.39 | isDownloaded on sessionStart
7.40 | a live playhead wraps only for length 86400
7.41 | pccr, pev3 on all rows but sessionStart
7.42 | the bodies of the documented examples
7.43 | the interval of pings does not matter
7.46 | state names without case
7.47 | the pod index is written
7.48 | no tail after the last event
7.49 | a pause after the end is ignored
7.50 | only accepted ads are counted
7.51 | an offline queue reopens an idle session
7.52 | a client clock before a server-stamped start is kept
"""

EXEMPT: Final[Mapping[str, str]] = {
    "1.3 stateStart, stateEnd": "read as a statesUpdate on the wire: tests/unit/wire/test_decode.py",
    "2.1 client values of computed fields": "discarded on the wire: tests/unit/wire/test_decode.py",
    "2.1 dataIngestionSource": "a constant that is not offered; on no row of tests/oracle/rows.py",
    "2.2 scheduleTimePlayed": "optional and not offered; on no row of tests/oracle/rows.py",
    "2.5 mediaSdkErrors": "never written; on no row of tests/oracle/rows.py",
    "3.1 keepalive, scheduleStart": "other pipelines'; on no row of tests/oracle/rows.py",
    "4.3 answer to a repeated start": "the same id is minted: tests/unit/collector/test_media.py",
    "5 several per request": "each is a session of its own: tests/unit/collector/test_media.py",
    "7.26": "metrics.md 6, reports: average bitrate across sessions",
    "7.44": "metrics.md 6, reports: concurrent viewers",
    "7.45": "metrics.md 6, reports: credit of genres",
}
"""Rules that no viewing can show: why, and the file that shows them or the section they belong to."""

RULES: Final[Mapping[str, str]] = {
    line.partition(" | ")[0]: line.partition(" | ")[2] for line in _SHOWN.strip().splitlines()
}
"""Id of a rule (its section and its place there) to what it says."""
