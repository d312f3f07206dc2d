// Watches the worker's memory, one JSON line a figure. Run: npm run soak -- [series] [minutes]
import { soak } from '../tests/bench/soak.ts';

const [series = 1000, minutes = 10] = process.argv.slice(2).map(Number);
await soak(series, minutes);
