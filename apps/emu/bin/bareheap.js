#!/usr/bin/env node
const { isBundleCurrent, launchBundle } = require('./bundle.js');

if (isBundleCurrent()) launchBundle();
else import('../dist/main.js');
