from dovetool.core.shape cimport Frames, Shape


cdef class Keys:
    cdef Shape shape
    cdef object of
    cdef long long hits
    cdef long long count
    cdef unsigned long long[::1] reads  # five a read, as `Read`; one read more than is used, so that there is one
    cdef list varying  # numbers of the reads in which other keys differ from the first
    cdef unsigned char[::1] varies  # of each read, whether it is one of these
    cdef unsigned long long[::1] first
    cdef unsigned long long[:, ::1] slots
    cdef tuple kept  # what pointers lead to
    cdef tuple laid_out

    cdef int learn(self, Frames *frames, Py_ssize_t row, int number)
    cdef int _tell_apart(self, unsigned long long[::1] key)
    cdef int _lay_out(self, long long slots)
