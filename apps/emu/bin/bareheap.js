#!/usr/bin/env node
const { isBundleCurrent, launchBundle } = require('./bundle.js');

// The modules have names and lines for the stack that BAREHEAP_DEBUG asks for.
if (process.env.BAREHEAP_DEBUG !== '1' && isBundleCurrent()) launchBundle();
else import('../dist/main.js');
