#!/bin/sh
echo "ünïcode" <here> & there
