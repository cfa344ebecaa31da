// A camera that shows a drawn person and a screen that shows a drawn slide: Chromium's fake devices show test patterns.
(({ camera, microphone, colours, slide }) => {
  const FRAMES_PER_SECOND = 6;
  if (navigator.mediaDevices === undefined) return; // a page over plain HTTP
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);

  function drawn(draw) {
    const canvas = document.createElement('canvas');
    canvas.width = 1280;
    canvas.height = 720;
    const pen = canvas.getContext('2d');
    const paint = () => draw(pen, performance.now() / 1000);
    paint();
    setInterval(paint, 1000 / FRAMES_PER_SECOND);
    return canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks()[0];
  }

  function person(pen, seconds) {
    const fill = (colour, path) => {
      pen.fillStyle = colour;
      pen.fill(new Path2D(path));
    };
    pen.setTransform(8, 0, 0, 8, 0, 0);
    pen.fillStyle = colours.ground;
    pen.fillRect(0, 0, 160, 90);
    pen.translate(Math.sin(seconds) * 0.6, 0);
    if (colours.long) fill(colours.hair, 'M59 42a21 20 0 0 1 42 0v30h-42z');
    fill(colours.clothes, 'M38 92c2-22 18-30 42-30s40 8 42 30z');
    fill(colours.skin, 'M72 50h16v14a8 4 0 0 1-16 0z');
    fill(colours.skin, 'M80 21a17 19 0 1 0 .01 0z');
    fill(colours.hair, 'M62 40c-2-17 8-24 18-24s20 7 18 24c-3-8-9-12-18-12s-15 4-18 12z');
  }

  function presentation(pen) {
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, 1280, 720);
    pen.fillStyle = '#11151c';
    pen.font = '600 56px sans-serif';
    pen.fillText(slide.title, 96, 144);
    slide.bars.forEach((share, place) => {
      pen.fillStyle = place === slide.bars.length - 1 ? '#1d5bff' : '#dbe7ff';
      pen.fillRect(96 + place * 184, 620 - share * 400, 128, share * 400);
    });
    pen.fillStyle = '#5c6675';
    pen.fillRect(96, 620, 1088, 4);
  }

  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    if ((audio && !microphone) || (video && !camera)) throw new DOMException('', 'NotFoundError');
    const sound = audio ? (await real({ audio })).getAudioTracks() : [];
    return new MediaStream(video ? [...sound, drawn(person)] : sound);
  };
  navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([drawn(presentation)]);
})
