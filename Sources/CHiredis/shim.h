// hiredis' reply parser. Only read.h: the transport is SwiftNIO's.
#pragma once
#include <hiredis/read.h>
