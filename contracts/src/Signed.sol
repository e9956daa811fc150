// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A compact ECDSA signature (EIP-2098): the parity of v is the top bit of vs.
struct Sig {
    bytes32 r;
    bytes32 vs;
}

/// @title Signed
/// @notice Tells whether an address signed a digest, by plain ecrecover.
/// @dev No ERC-1271: contract signatures are revocable, and asking puts foreign code into the callers.
library Signed {
    /// @notice True when `sig` over `digest` recovers to `signer`. A signature that recovers to nothing is false,
    /// for the zero address too; high-s signatures are false.
    function by(address signer, bytes32 digest, Sig calldata sig) internal pure returns (bool) {
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, sig.r, sig.vs);
        return err == ECDSA.RecoverError.NoError && recovered == signer;
    }
}
