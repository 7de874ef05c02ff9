#pragma once

// The same for tests.

#include <gtest/gtest.h>

#include "layer_headers.hpp"
