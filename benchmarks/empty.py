"""The least a Streamlit page can do after a choice: write one line."""

import streamlit as st

choices = [f"Choice {number:02}" for number in range(40)]
st.title("Empty")
st.write(st.selectbox("Place", choices))
