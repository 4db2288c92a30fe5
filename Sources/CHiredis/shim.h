// This header brings hiredis' reply parser only (read.h): SwiftNIO is the transport.
#pragma once
#include <hiredis/read.h>
