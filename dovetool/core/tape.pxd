cdef class Tape:
    cdef long long[::1] words
    cdef Py_ssize_t used

    cdef Py_ssize_t put(self, list words)
