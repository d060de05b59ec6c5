import { Left } from './left.js';
import { Right } from './right.js';

const left = new Left();
const right = new Right();

// On a throw-away server the page knows two people; elsewhere it asks.
const r = await fetch('page/cast.json');
const cast = r.ok ? await r.json() : [];
if (cast.length > 1) {
  const [a, b] = cast;
  left.credentials = [a.id, a.password];
  left.wanted = b.id;
  left.offer(a.id, a.password);
  right.credentials = [b.address, b.password];
  right.wanted = a.address;
  right.offer(b.address, b.password);
  await Promise.all([left.enter(), right.enter()]);
} else {
  left.out();
  right.out();
}
document.documentElement.dataset.ready = 'true';
