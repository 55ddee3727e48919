/** A real video with two chapters, a mid-roll break of two ads laid over it, and every change told to the SDK. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import clip from "./clip.webm";
import { ADS, BREAK, CHAPTERS, isTracking, say, startSession } from "./tracking.ts";

interface AdShown {
  ad: (typeof ADS)[number];
  place: number;
  leftS: number;
}

export const adShown = signal<AdShown | null>(null);
let skip: (() => void) | null = null;

/** Show one ad; resolves with whether it ran to its end. */
function showAd(place: number): Promise<boolean> {
  const ad = ADS[place] as (typeof ADS)[number];
  const endsAt = performance.now() + ad.length * 1000;
  return new Promise((done) => {
    const finish = (complete: boolean) => {
      clearInterval(timer);
      skip = null;
      done(complete);
    };
    const tick = () => {
      const left = endsAt - performance.now();
      if (left <= 0) finish(true);
      else adShown.value = { ad, place, leftS: Math.ceil(left / 1000) };
    };
    const timer = setInterval(tick, 100);
    skip = () => finish(false);
    tick();
  });
}

async function runBreak(): Promise<void> {
  say("adBreakStart", { advertisingPodDetails: BREAK });
  for (const [place, ad] of ADS.entries()) {
    say("adStart", { advertisingDetails: ad });
    say((await showAd(place)) ? "adComplete" : "adSkip");
  }
  say("adBreakComplete");
  adShown.value = null;
}

export function Player() {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current as HTMLVideoElement;
    let chapter = -1;
    let breakDone = false;
    let inBreak = false;
    let played = false;
    let wantedAt = 0;
    let timeToStart = 0;

    const details = () => {
      const quality = video.getVideoPlaybackQuality();
      return {
        playhead: video.currentTime,
        qoeDataDetails: { bitrate: 82, droppedFrames: quality.droppedVideoFrames, framesPerSecond: 25, timeToStart },
      };
    };
    const toChapter = (wanted: number) => {
      if (wanted === chapter) return;
      if (chapter >= 0) say(wanted > chapter ? "chapterComplete" : "chapterSkip");
      chapter = wanted;
      const details = CHAPTERS[wanted];
      if (details) say("chapterStart", { chapterDetails: details });
    };
    const on: Record<string, () => void> = {
      play: () => {
        if (inBreak || isTracking()) return;
        chapter = -1;
        breakDone = false;
        played = false;
        wantedAt = performance.now();
        startSession(details);
      },
      playing: () => {
        if (inBreak) return;
        if (!played) timeToStart = Math.round(performance.now() - wantedAt);
        played = true;
        say("play");
        toChapter(video.currentTime < (CHAPTERS[1]?.offset ?? 0) ? 0 : 1);
      },
      pause: () => {
        if (!inBreak && !video.ended) say("pauseStart");
      },
      waiting: () => {
        if (played && !video.seeking && !inBreak) say("bufferStart");
      },
      timeupdate: () => {
        if (!played || inBreak || video.paused) return;
        if (!breakDone && video.currentTime >= BREAK.offset) {
          breakDone = true;
          inBreak = true;
          video.pause();
          void runBreak().then(() => {
            inBreak = false;
            return video.play();
          });
          return;
        }
        toChapter(video.currentTime < (CHAPTERS[1]?.offset ?? 0) ? 0 : 1);
      },
      volumechange: () => {
        const key = video.muted || video.volume === 0 ? "statesStart" : "statesEnd";
        say("statesUpdate", { [key]: [{ name: "mute" }] });
      },
      ended: () => {
        if (chapter >= 0) say("chapterComplete");
        chapter = -1;
        say("sessionComplete");
      },
    };
    const onFullscreen = () => say("statesUpdate", { [document.fullscreenElement ? "statesStart" : "statesEnd"]: [{ name: "fullscreen" }] });
    for (const [name, act] of Object.entries(on)) video.addEventListener(name, act);
    document.addEventListener("fullscreenchange", onFullscreen);
    return () => {
      for (const [name, act] of Object.entries(on)) video.removeEventListener(name, act);
      document.removeEventListener("fullscreenchange", onFullscreen);
    };
  }, []);
  const shown = adShown.value;
  return (
    <div class="screen">
      <video ref={ref} src={clip} controls={!shown} playsInline preload="auto" width={640} height={360} aria-label="Demo clip" />
      {shown && (
        <div class={`ad-cover ad-${shown.place}`} role="region" aria-label="Advertisement">
          <p class="ad-place">
            Ad {shown.place + 1} of {ADS.length}
          </p>
          <p class="ad-name">{shown.ad.friendlyName}</p>
          <p class="ad-left number">{shown.leftS} s</p>
          <button type="button" class="quiet" onClick={() => skip?.()}>
            Skip ad
          </button>
        </div>
      )}
    </div>
  );
}
