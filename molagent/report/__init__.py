"""Reports on a campaign: one HTML file, and the shortlist as SDF, CSV and XLSX.

::

    content   what a report is made of: plain frames and lists
    panel     ADMET beside the profile as a heat table; endpoints names and groups its columns
    summary   the HTML report; brief compound sections word and draw its parts
    export    the shortlist as SDF, CSV and XLSX
    plots     figures as SVG; chart holds the axes
    drawing   structures as SVG and PNG; vector makes them small
    wording   how numbers and levels are put into words
    files     writing a file whole or not at all

Nothing here reads the store: :class:`ReportContent` is filled by the caller.
"""
