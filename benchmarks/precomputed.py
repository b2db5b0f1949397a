"""A page whose figures are all made beforehand, in plotly's default look: no query, no work.

Run as `streamlit run benchmarks/precomputed.py -- FIGURES`: FIGURES is a pickle that
benchmarks/redraw.py wrote, {page: [figures after each choice]}.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st


@st.cache_resource
def figures(path: str) -> dict[str, list[list[go.Figure]]]:
    """Figures per page and choice; read once per server."""
    return pickle.loads(Path(path).read_bytes())


st.set_page_config(layout="wide")
shown = figures(sys.argv[1])[st.query_params["page"]]
st.title("Precomputed")
choice = st.selectbox("Place", range(len(shown)), format_func="Choice {:02}".format)
for place, figure in enumerate(shown[choice]):
    st.plotly_chart(figure, key=f"figure {place}")
