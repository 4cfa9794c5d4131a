#!/usr/bin/env node
import { isBundleCurrent, launchBundle } from './bundle.js';

if (isBundleCurrent()) launchBundle();
else await import('../dist/main.js');
