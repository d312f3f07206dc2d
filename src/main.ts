#!/usr/bin/env node
import { Command } from 'commander';

const program = new Command('tocsin').description('A risk alarm for on-chain assets.').version('0.1.0');

await program.parseAsync();
