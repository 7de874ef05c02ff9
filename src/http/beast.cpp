// Beast is compiled once, here, and not in every file that includes it.
#include <boost/beast/src.hpp>
