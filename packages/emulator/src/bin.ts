#!/usr/bin/env node
import { runEmulator } from './run-command-line.ts'

void runEmulator(process.argv.slice(2))
