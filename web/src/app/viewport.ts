/** A touch keyboard that lies over the page instead of making it smaller, as on iPhones: the app ends above it. */
export function followKeyboard(): void {
  const seen = globalThis.visualViewport;
  if (!seen) return;
  const fit = () => {
    // Zoomed in, the part that is seen says nothing about a keyboard.
    const covered = seen.scale === 1 && innerHeight - seen.height > 1;
    document.documentElement.style.blockSize = covered ? `${seen.height}px` : '';
    if (covered) scrollTo(0, 0);
  };
  seen.addEventListener('resize', fit);
  seen.addEventListener('scroll', fit);
}
