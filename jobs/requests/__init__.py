"""Requests, which the command line, the nodes, the server and Python fill in to run a job.

A request is plain data. `job(runtime)` resolves its speakers by the rules of `jobs.voices.resolve`, checks everything
and returns the job; `options` says how the job is run. Build a request, then:

    request = SpeakRequest(text="Hello.", speaker=Speaker(voice="af_heart"))
    job = request.job(runtime)
    for block in run(job, runtime, request.options): ...

    request = DubRequest(cues=read_subtitles(data).cues, speaker=Speaker(engine="espeak"), mode=DubMode.FIT)
    job = request.job(runtime)
    fit(job, runtime)  # chooses the speeds, in modes that choose any
    for block in run(job, runtime, request.options): ...

    request = NarrateRequest(book=read_book(data, "novel.epub"), output=Path("novel"))
    with NarrationRun(request.job(runtime), runtime, request.options) as narration:
        narration.make()

    request = TranscribeRequest(file=Path("talk.mp4"), recognizer=Recognizer(language="de"))
    for segment in stream_transcript(request.job(runtime), runtime, request.options): ...

For jobs that aren't built from a request (live input, verification): `stream_options` returns the options and
`resolve_recognizer` the recognizer. `parse_params` reads `name=value` settings.
"""
