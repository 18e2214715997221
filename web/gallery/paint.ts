/** Pictures that look like photos from afar. */
export type Scene = 'coast' | 'hills' | 'tower' | 'board' | 'dusk';

/** Names nothing outside of itself: the tour hands its source to a browser. */
export function paint(scene: Scene, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const sky: Record<Scene, [string, string]> = {
    coast: ['#8fc7e8', '#e9f3f2'],
    hills: ['#f7d9a8', '#f3f0e2'],
    tower: ['#5b86b8', '#dfe9f0'],
    board: ['#e9e6df', '#d8d4ca'],
    dusk: ['#2b3b66', '#e5876a'],
  };
  const ground = context.createLinearGradient(0, 0, 0, height * 0.7);
  ground.addColorStop(0, sky[scene][0]);
  ground.addColorStop(1, sky[scene][1]);
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height);
  const hill = (base: number, swing: number, waves: number, colour: string) => {
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 4)
      context.lineTo(
        x,
        height * base - Math.sin((x / width) * Math.PI * waves + base * 9) * swing * height - Math.sin(x / 37) * 2,
      );
    context.lineTo(width, height);
    context.fill();
  };
  if (scene === 'coast') {
    context.fillStyle = '#fff6d8';
    context.beginPath();
    context.arc(width * 0.72, height * 0.24, height * 0.07, 0, 7);
    context.fill();
    hill(0.55, 0.05, 2.2, '#7fa3a8');
    context.fillStyle = '#3f8b9c';
    context.fillRect(0, height * 0.6, width, height);
    context.fillStyle = 'rgb(255 255 255 / 0.35)';
    for (let line = 0; line < 14; line += 1)
      context.fillRect(((line * 97) % width) - 30, height * (0.62 + line * 0.018), width * 0.16, 2);
    hill(0.93, 0.05, 1.3, '#d9c49a');
  } else if (scene === 'hills' || scene === 'dusk') {
    const tones =
      scene === 'hills' ? ['#b7b98c', '#7f9a6b', '#4c7351', '#2f5240'] : ['#6a4a68', '#4a3758', '#2f2a47', '#191c33'];
    tones.forEach((tone, at) => hill(0.55 + at * 0.11, 0.06, 1.7 + at * 0.6, tone));
  } else if (scene === 'tower') {
    for (let tower = 0; tower < 6; tower += 1) {
      const x = width * (0.02 + tower * 0.165);
      const top = height * (0.55 - ((tower * 37) % 41) / 100);
      context.fillStyle = ['#34495e', '#46627f', '#2d3e50', '#5a7590', '#3b536b', '#50697f'][tower] ?? '#34495e';
      context.fillRect(x, top, width * 0.14, height);
      context.fillStyle = 'rgb(255 236 180 / 0.75)';
      for (let y = top + 12; y < height - 10; y += 18)
        for (let column = 0; column < 4; column += 1)
          if ((column * 7 + Math.round(y) + tower) % 3 !== 0)
            context.fillRect(x + width * 0.016 + column * width * 0.03, y, width * 0.014, 8);
    }
  } else {
    context.fillStyle = '#fbfbf9';
    context.fillRect(width * 0.1, height * 0.1, width * 0.8, height * 0.68);
    context.strokeStyle = '#33506b';
    context.lineWidth = width / 160;
    for (let line = 0; line < 5; line += 1) {
      context.beginPath();
      context.moveTo(width * 0.16, height * (0.22 + line * 0.1));
      context.lineTo(width * (0.4 + ((line * 31) % 30) / 100), height * (0.22 + line * 0.1));
      context.stroke();
    }
    context.fillStyle = '#e8a33d';
    context.fillRect(width * 0.66, height * 0.22, width * 0.16, width * 0.16);
  }
  return canvas;
}
