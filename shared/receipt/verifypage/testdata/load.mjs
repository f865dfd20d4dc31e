// Loads one of the page's own sources, with what it imports, in Node.
import { bundle } from '../build.mjs';

export const load = async (name) => import(`data:text/javascript;base64,${Buffer.from((await bundle(name, 'esm')).code).toString('base64')}`);
