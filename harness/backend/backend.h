// The border between effgate and a tensor library: one table of C functions over opaque tensors.
//
// Rules that hold for every function
// - One function is one call of the library. Composites are sequences in the graph.
// - A null function means that this backend cannot do it; the caller reports `unsupported`.
// - Functions that can fail return an effgate_code and write one line of text to `error`
//   (always null-terminated, never more than error.capacity bytes). No exception leaves.
// - `*out` is written only on EFFGATE_OK and is then owned by the caller, who gives it back with
//   tensor_free of the same backend on the same thread. Inputs are borrowed.
// - A session is used by one thread. The library may use threads of its own.
// - The table grows at its end only: abi_version changes when a signature does, struct_size tells
//   how much of the table this backend knows.
#ifndef EFFGATE_BACKEND_H
#define EFFGATE_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EFFGATE_BACKEND_ABI_VERSION 1

// Results. The adapter maps its library's errors by the table in its compat.h.
typedef int32_t effgate_code;
enum {
  EFFGATE_OK = 0,
  EFFGATE_INVALID = 1,      // the call itself was wrong: shapes that do not fit, a null pointer
  EFFGATE_UNSUPPORTED = 2,  // no kernel for this dtype or device
  EFFGATE_OUT_OF_MEMORY = 3,
  EFFGATE_REFUSED = 4,        // the library's own loader does not take this file
  EFFGATE_LIBRARY_ERROR = 5,  // an internal assert, a cuDNN failure, anything else it raised
  EFFGATE_DEVICE_LOST = 6,    // the device is gone or was never there
};

// The caller's buffer for one line of text.
typedef struct effgate_text {
  char* data;
  size_t capacity;
} effgate_text;

// The numbers of effgate::DType for the types that tensors may have.
typedef int32_t effgate_dtype;
enum {
  EFFGATE_FLOAT64 = 0,
  EFFGATE_FLOAT32 = 1,
  EFFGATE_FLOAT16 = 2,
  EFFGATE_BFLOAT16 = 3,
  EFFGATE_INT64 = 4,
  EFFGATE_INT32 = 5,
  EFFGATE_INT16 = 6,
  EFFGATE_INT8 = 7,
  EFFGATE_UINT8 = 8,
  EFFGATE_BOOL = 9,
};

typedef int32_t effgate_device;
enum { EFFGATE_CPU = 0, EFFGATE_CUDA = 1 };

#define EFFGATE_MAX_RANK 8

typedef struct effgate_shape {
  int32_t rank;
  int64_t dims[EFFGATE_MAX_RANK];
} effgate_shape;

typedef struct effgate_session effgate_session;  // one configured use of the library
typedef struct effgate_tensor effgate_tensor;    // on the session's device, or on the CPU
typedef struct effgate_module effgate_module;    // what a loader of the library's own read
typedef struct effgate_event effgate_event;      // a point in the device's time
typedef struct effgate_capture effgate_capture;  // a recorded sequence of operations

// Everything that moves bits or time and can be set in a running process. Set once, at open.
// What only environment variables control is set by whoever starts the process.
typedef struct effgate_environment {
  uint32_t struct_size;
  effgate_device device;
  int32_t intra_op_threads;
  int32_t inter_op_threads;
  int32_t onednn;                       // 0 off, 1 on
  int32_t tf32;                         // 0 off everywhere, 1 on for convolution and matmul
  int32_t reduced_precision_reduction;  // 0 off, 1 the library's default
  int32_t cudnn_benchmark;              // 0 off, 1 on
  int32_t deterministic;                // 0 off, 1 deterministic algorithms only
  int32_t channels_last;                // 0 contiguous NCHW, 1 channels last for images and weights
} effgate_environment;

// What is really loaded, as text that lives as long as the backend. Fields that do not apply are
// "".
typedef struct effgate_identity {
  uint32_t struct_size;
  const char* library;  // "torch", "reference", "testing"
  const char* version;  // as the loaded library tells it, not its headers
  const char* header_version;
  const char* path;  // of the loaded shared object
  const char*
      build_config;  // compiler, BLAS, oneDNN, instruction set, CUDA: the library's own words
} effgate_identity;

typedef struct effgate_window {
  int64_t kernel[2];
  int64_t stride[2];
  int64_t padding[2];
  int64_t dilation[2];
  int64_t groups;
  int32_t ceil_mode;
  int32_t count_include_pad;
} effgate_window;

// The library's own ways to read a file.
typedef int32_t effgate_loader;
enum {
  EFFGATE_PICKLE_LOAD = 0,   // torch::pickle_load: a plain dictionary of tensors
  EFFGATE_ARCHIVE_LOAD = 1,  // torch::load into a module made from names and shapes
  EFFGATE_TORCHSCRIPT = 2,   // torch::jit::load
};

// One parameter of a module to load an archive into.
typedef struct effgate_param {
  const char* name;
  effgate_dtype dtype;
  effgate_shape shape;
  int32_t is_buffer;
} effgate_param;

typedef struct effgate_backend {
  uint32_t abi_version;
  size_t struct_size;

  // --- the library and a session -------------------------------------------------------------
  effgate_code (*identify)(effgate_identity* out, effgate_text error);
  // Number of devices of that kind; loads what the device needs on first use. When none can be
  // had the code is EFFGATE_UNSUPPORTED and the text says what is missing.
  effgate_code (*device_count)(effgate_device device, int32_t* out, effgate_text error);
  effgate_code (*session_open)(const effgate_environment* environment, effgate_session** out,
                               effgate_text error);
  void (*session_close)(effgate_session* session);

  // --- tensors -------------------------------------------------------------------------------
  // Copies `bytes` (contiguous, row-major, any alignment) to the session's device; the caller may
  // free them at return.
  effgate_code (*from_data)(effgate_session*, effgate_dtype, const effgate_shape*,
                            const void* bytes, effgate_tensor** out, effgate_text error);
  // The same without a copy where the device is the CPU: `bytes` are aligned to their element and
  // outlive the tensor, and are never written. Other devices copy.
  effgate_code (*borrow_data)(effgate_session*, effgate_dtype, const effgate_shape*,
                              const void* bytes, effgate_tensor** out, effgate_text error);
  // Waits for the device and writes contiguous row-major bytes in the tensor's own dtype.
  effgate_code (*copy_out)(effgate_session*, const effgate_tensor*, void* bytes, size_t capacity,
                           effgate_text error);
  effgate_code (*describe)(const effgate_tensor*, effgate_dtype* dtype, effgate_shape* shape,
                           effgate_text error);
  void (*tensor_free)(effgate_tensor*);

  // --- operations ----------------------------------------------------------------------------
  // x [N,C,H,W], weight [O,C/groups,kh,kw], bias [O] or null.
  effgate_code (*conv2d)(effgate_session*, const effgate_tensor* x, const effgate_tensor* weight,
                         const effgate_tensor* bias, const effgate_window*, effgate_tensor** out,
                         effgate_text error);
  // Eval mode: (x - mean) / sqrt(var + eps) * weight + bias, by channel.
  effgate_code (*batch_norm)(effgate_session*, const effgate_tensor* x,
                             const effgate_tensor* weight, const effgate_tensor* bias,
                             const effgate_tensor* mean, const effgate_tensor* var, double eps,
                             effgate_tensor** out, effgate_text error);
  // Activations by kind (effgate_activation below). `in_place` overwrites x and gives no tensor:
  // *out is set to null then.
  effgate_code (*activation)(effgate_session*, int32_t kind, effgate_tensor* x, double scalar,
                             int32_t in_place, effgate_tensor** out, effgate_text error);
  // pads = left, right, top, bottom.
  effgate_code (*constant_pad)(effgate_session*, const effgate_tensor* x, const int64_t pads[4],
                               double value, effgate_tensor** out, effgate_text error);
  effgate_code (*max_pool2d)(effgate_session*, const effgate_tensor* x, const effgate_window*,
                             effgate_tensor** out, effgate_text error);
  effgate_code (*avg_pool2d)(effgate_session*, const effgate_tensor* x, const effgate_window*,
                             effgate_tensor** out, effgate_text error);
  // [N,C,H,W] -> [N,C,1,1]
  effgate_code (*mean_hw)(effgate_session*, const effgate_tensor* x, effgate_tensor** out,
                          effgate_text error);
  effgate_code (*upsample_nearest2d)(effgate_session*, const effgate_tensor* x, int64_t height,
                                     int64_t width, effgate_tensor** out, effgate_text error);
  // align_corners false, no antialias
  effgate_code (*upsample_bilinear2d)(effgate_session*, const effgate_tensor* x, int64_t height,
                                      int64_t width, effgate_tensor** out, effgate_text error);
  // Elementwise with broadcasting; kinds below. `in_place` overwrites a, *out is null then.
  effgate_code (*binary)(effgate_session*, int32_t kind, effgate_tensor* a, const effgate_tensor* b,
                         int32_t in_place, effgate_tensor** out, effgate_text error);
  effgate_code (*add_scalar)(effgate_session*, const effgate_tensor* x, double value,
                             effgate_tensor** out, effgate_text error);
  effgate_code (*softmax0)(effgate_session*, const effgate_tensor* x, effgate_tensor** out,
                           effgate_text error);
  effgate_code (*sum_all)(effgate_session*, const effgate_tensor* x, effgate_tensor** out,
                          effgate_text error);
  effgate_code (*sum_last)(effgate_session*, const effgate_tensor* x, effgate_tensor** out,
                           effgate_text error);
  // Element `index` along dimension 0.
  effgate_code (*select0)(effgate_session*, const effgate_tensor* x, int64_t index,
                          effgate_tensor** out, effgate_text error);
  effgate_code (*stack_last)(effgate_session*, const effgate_tensor* const* xs, int32_t count,
                             effgate_tensor** out, effgate_text error);
  effgate_code (*cat1)(effgate_session*, const effgate_tensor* const* xs, int32_t count,
                       effgate_tensor** out, effgate_text error);
  effgate_code (*narrow1)(effgate_session*, const effgate_tensor* x, int64_t start, int64_t length,
                          effgate_tensor** out, effgate_text error);

  // --- the library's own loaders -------------------------------------------------------------
  // `params` describe the module for EFFGATE_ARCHIVE_LOAD and are ignored otherwise.
  effgate_code (*load_library_file)(effgate_session*, effgate_loader, const char* path,
                                    const effgate_param* params, size_t param_count,
                                    effgate_module** out, effgate_text error);
  size_t (*module_tensor_count)(const effgate_module*);
  // The name lives as long as the module; the tensor is the caller's.
  effgate_code (*module_tensor)(effgate_session*, const effgate_module*, size_t index,
                                const char** name, effgate_tensor** out, effgate_text error);
  // Runs a TorchScript module's forward on one input; writes at most `capacity` outputs.
  effgate_code (*module_forward)(effgate_session*, effgate_module*, const effgate_tensor* input,
                                 effgate_tensor** outs, size_t capacity, size_t* count,
                                 effgate_text error);
  void (*module_free)(effgate_module*);
  // Writes named tensors as an archive by the library's own torch::save.
  effgate_code (*save_archive)(effgate_session*, const char* path, const char* const* names,
                               const effgate_tensor* const* tensors, size_t count,
                               effgate_text error);

  // --- time ----------------------------------------------------------------------------------
  // Waits until the device has done all that was asked.
  effgate_code (*synchronize)(effgate_session*, effgate_text error);
  effgate_code (*event_create)(effgate_session*, effgate_event** out, effgate_text error);
  effgate_code (*event_record)(effgate_session*, effgate_event*, effgate_text error);
  // Seconds on the device's clock between two recorded events; waits for both.
  effgate_code (*event_elapsed)(effgate_session*, const effgate_event* start,
                                const effgate_event* end, double* seconds, effgate_text error);
  void (*event_free)(effgate_event*);

  // --- capture and replay --------------------------------------------------------------------
  // Between begin and end operations are recorded; from_data, copy_out and describe of new
  // tensors are not allowed. Tensors made inside belong to the capture's memory pool and must be
  // freed before it. Warm-up happens on the capture stream: `capture_warm_up` enters it.
  effgate_code (*capture_warm_up)(effgate_session*, int32_t enter, effgate_text error);
  effgate_code (*capture_begin)(effgate_session*, effgate_text error);
  effgate_code (*capture_end)(effgate_session*, effgate_capture** out, effgate_text error);
  effgate_code (*capture_replay)(effgate_session*, effgate_capture*, effgate_text error);
  void (*capture_free)(effgate_capture*);

  // Peak bytes that the session's device allocator held, or 0 where it keeps no such count.
  effgate_code (*peak_device_bytes)(effgate_session*, uint64_t* out, effgate_text error);
} effgate_backend;

enum {
  EFFGATE_ACT_SILU = 0,
  EFFGATE_ACT_RELU = 1,
  EFFGATE_ACT_RELU6 = 2,
  EFFGATE_ACT_LEAKY_RELU = 3,  // scalar = negative slope
  EFFGATE_ACT_HARD_SWISH = 4,
  EFFGATE_ACT_HARD_SIGMOID = 5,
  EFFGATE_ACT_MISH = 6,
  EFFGATE_ACT_SIGMOID = 7,
};

enum { EFFGATE_ADD = 0, EFFGATE_MUL = 1, EFFGATE_DIV = 2 };

// The one symbol an adapter exports. Gives null where it does not know `abi_version`.
typedef const effgate_backend* (*effgate_backend_entry)(uint32_t abi_version);
#define EFFGATE_BACKEND_ENTRY "effgate_backend_table"

#ifdef __cplusplus
}
#endif

#endif
