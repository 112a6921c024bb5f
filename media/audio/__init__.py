"""Audio by the sample: conversion, mixing on a timeline, resampling, and writing WAV. Samples are float32 in -1..1."""
