#!/bin/sh
echo second-password
