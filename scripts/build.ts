// npm run build: dist/, the worker and the packages it uses in few files, which load faster than 1,500 small ones and take less memory.
import { bundle } from './bundle.ts';

await bundle('dist');
