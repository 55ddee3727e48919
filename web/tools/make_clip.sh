#!/bin/sh
# Makes src/demo/clip.webm, the demo's own film: 24 s of a moving pattern, a running clock and a soft tone.
# Needs ffmpeg with libvpx-vp9, libopus and drawtext. Our own work; the result is committed.
set -eu
cd "$(dirname "$0")/../src/demo"
text="fontcolor=white:font=DejaVu Sans:x=(w-text_w)/2"
ffmpeg -hide_banner -loglevel error -y \
  -f lavfi -i "gradients=size=640x360:rate=25:duration=24:speed=0.012:type=linear:seed=7:c0=0x16213e:c1=0x2f45c5:c2=0x23785a:c3=0x6a3fbf:n=4" \
  -f lavfi -i "sine=frequency=220:beep_factor=4:sample_rate=48000:duration=24" \
  -filter_complex "[0:v]drawbox=x=0:y=ih-10:w=iw:h=10:color=white@0.25:t=fill,\
drawtext=$text:fontsize=76:y=(h-text_h)/2-14:text='%{eif\:trunc(t/60)\:d\:2}\:%{eif\:mod(trunc(t)\,60)\:d\:2}.%{eif\:mod(trunc(t*10)\,10)\:d}',\
drawtext=$text:fontsize=20:y=h/2+48:alpha=0.85:text='Playhead demo clip'[back];\
color=c=white:size=640x10:rate=25:duration=24[bar];\
[back][bar]overlay=x='-W+W*t/24':y=H-10:shortest=1[v];[1:a]volume=0.12,afade=t=in:d=0.5,afade=t=out:st=23:d=1[a]" \
  -map "[v]" -map "[a]" -c:v libvpx-vp9 -b:v 0 -crf 44 -row-mt 1 -g 50 -c:a libopus -b:a 24k -ac 1 -map_metadata -1 \
  -fflags +bitexact -flags:v +bitexact -flags:a +bitexact clip.webm
ls -l clip.webm
