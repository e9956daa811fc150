// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "./Base.sol";

/// @notice Measures calls as transactions of their own, intrinsic gas included; the tests that use it are isolated. What
/// is noted stands in snapshots/, and differs from what is committed there only if the tests fail.
abstract contract Gas is Base {
    /// @dev What the last call cost.
    function spent() internal view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function note(string memory group, string memory what) internal {
        vm.snapshotValue(group, what, spent());
    }

    /// @dev For calls that have a goal: it is checked here, whatever is committed.
    function note(string memory group, string memory what, uint256 count, uint256 most) internal {
        uint256 each = spent() / count;
        vm.snapshotValue(group, what, each);
        vm.assertLe(each, most, what);
    }
}
