"""
What each member of a request means, in a sentence for those who send it.

Law: every member of `wire.operations` has its sentence here, and no other has one.
"""

from collections.abc import Mapping

ACTIONS: Mapping[str, tuple[str, str]] = {
    "sessionStart": ("Start a session", "One viewing of one content begins. The answer holds the id that all its other events carry."),
    "sessionComplete": ("The content was played to its end", "Marks the session as completed. It stays open for a short while, so that what follows still counts."),
    "sessionEnd": ("The viewing is over", "The viewer left, whether or not the end was reached. Later events of the session are answered with success and not counted."),
    "play": ("Playback runs", "Playback begins, or goes on after a pause, a buffering or a seek: there is no other event for that."),
    "ping": ("Sign of life", "Sent every few seconds with the current playhead, also while paused."),
    "adBreakStart": ("An ad break begins", "What follows until `adBreakComplete` belongs to the break."),
    "adBreakComplete": ("The ad break is over", "Carries no details: they were told when it began."),
    "adStart": ("An ad begins", "One ad inside a break."),
    "adComplete": ("The ad was played to its end", "Carries no details: they were told when it began."),
    "adSkip": ("The ad was skipped", "Carries no details: they were told when it began."),
    "bitrateChange": ("The bitrate changed", "`qoeDataDetails` is required and holds the new values; it may be empty."),
    "bufferStart": ("Buffering begins", "Ends with the next `play`; there is no event for its end."),
    "chapterStart": ("A chapter begins", "One chapter of the content."),
    "chapterComplete": ("The chapter was played to its end", "Carries no details: they were told when it began."),
    "chapterSkip": ("The chapter was skipped", "Carries no details: they were told when it began."),
    "downloaded": ("Offline sessions", "Each item of `events` is one whole session that was watched offline; it is reported at once and cannot be continued."),
    "error": ("An error occurred", "Anything that went wrong in the player or around it. The session goes on."),
    "pauseStart": ("Playback pauses", "Ends with the next `play`; there is no event for its end."),
    "statesUpdate": ("Player states changed", "States of the player that begin (`statesStart`) and end (`statesEnd`), such as `mute`. At least one of both. The first ten different names of a session count."),
}  # fmt: skip
"""Action -> summary and what it says, in the order of `wire.operations`."""

COMMON: Mapping[str, str] = {
    "eventType": "What happened. Must name the same action as the path; letter case does not matter.",
    "timestamp": "When it happened, by the player's clock: date, time and offset.",
    "_id": "The player's own id of this event. A repeated event with the same id counts once, and a repeated start gets the same session.",
    "playhead": "Position in the content in seconds; of live content, seconds since midnight. Fractions are cut.",
    "sessionID": "The id from the answer to the start, whichever datastream, base path or location that was sent to.",
    "qoeDataDetails": "Quality of experience, where it is known or has changed.",
    "customMetadata": "Names and values of your own, for the session, ad or chapter that starts here.",
    "identityMap": "Who is watching: identities by namespace. `ECID` names the visitor, `FPID` is the site's own device id.",
    "implementationDetails": "The library that sends.",
}
"""Members that many events share."""

SESSION: Mapping[str, str] = {
    "name": "Id of the content; what reports call the content id.",
    "playerName": "The player that renders it.",
    "length": "Length of the content in seconds; of live content, any agreed number such as 86400.",
    "channel": "Where it is distributed: a site, an app, a station.",
    "contentType": "`vod`, `live`, `linear`, `ugc`, `dvod`, `song`, `podcast`, `audiobook`, `radio`, `aod` or a word of your own.",
    "adLoad": "Which ads are delivered with it.",
    "appVersion": "Version of the app or player.",
    "artist": "Who performs.",
    "rating": "Age rating.",
    "show": "Name of the series.",
    "episode": "Number of the episode.",
    "originator": "Who created it.",
    "firstAirDate": "When it was first broadcast.",
    "authorized": "Whether the viewer was authorised by their provider.",
    "streamFormat": "Format of the stream, such as `HD`.",
    "station": "Radio station.",
    "genre": "Genre; several are separated by commas.",
    "season": "Number of the season.",
    "showType": "`0` full episode, `1` preview, `2` clip, `3` other, or a word of your own.",
    "friendlyName": "Title for people.",
    "author": "Who wrote it.",
    "album": "Album it is from.",
    "dayPart": "Part of the day in which it is broadcast.",
    "label": "Record label.",
    "mvpd": "TV provider through which the viewer was authorised.",
    "feed": "Kind of feed, such as east or west.",
    "assetID": "Id of the asset in your catalogue.",
    "publisher": "Publisher of the audio.",
    "firstDigitalDate": "When it was first available online.",
    "network": "Network or channel that owns it.",
    "segment": "Part of the content that is described.",
    "streamType": "`audio` or `video`; letter case does not matter.",
    "hasResume": "Whether an earlier viewing is continued.",
    "isDownloaded": "Whether it is played from the device.",
}  # fmt: skip

POD: Mapping[str, str] = {
    "index": "Which break of the content it is.",
    "offset": "Where in the content it stands, in seconds.",
    "friendlyName": "Name of the break for people.",
}

AD: Mapping[str, str] = {
    "name": "Id of the ad.",
    "length": "Its length in seconds.",
    "playerName": "The player that renders it.",
    "podPosition": "Its place in the break.",
    "friendlyName": "Title of the ad for people.",
    "advertiser": "Whose product it shows.",
    "campaignID": "Campaign it belongs to.",
    "creativeID": "Id of the creative.",
    "creativeURL": "Where the creative is.",
    "placementID": "Id of the placement.",
    "siteID": "Site that shows it.",
}

CHAPTER: Mapping[str, str] = {
    "index": "Which chapter of the content it is.",
    "length": "Its length in seconds.",
    "offset": "Where in the content it begins, in seconds.",
    "friendlyName": "Title of the chapter for people.",
}

ERROR: Mapping[str, str] = {
    "name": "Id of the error: what reports count it by.",
    "source": "`player`, or `external` for anything around it.",
}

QUALITY: Mapping[str, str] = {
    "bitrate": "In kilobits a second.",
    "droppedFrames": "Frames dropped since the start of the session.",
    "framesPerSecond": "Current frame rate.",
    "timeToStart": "Milliseconds from the viewer's wish to the first frame.",
}

DETAILS: Mapping[str, Mapping[str, str]] = {
    "sessionDetails": SESSION,
    "advertisingPodDetails": POD,
    "advertisingDetails": AD,
    "chapterDetails": CHAPTER,
    "errorDetails": ERROR,
}
"""By name of the details object."""
